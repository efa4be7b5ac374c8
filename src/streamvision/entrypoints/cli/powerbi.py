"""Commands about the Power BI project."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from streamvision.bootstrap import open_application
from streamvision.bootstrap.powerbi import (
    build_powerbi,
    check_powerbi,
    deploy_powerbi,
    powerbi_sources,
)
from streamvision.domain.errors import DefinitionError, WrongUseError
from streamvision.entrypoints.cli.options import FormatOption, OutputFormat, ProfileOption
from streamvision.entrypoints.cli.output import show

powerbi = typer.Typer(help="Make and refresh the Power BI project.", no_args_is_help=True)

SourceOption = Annotated[
    str, typer.Option("--source", help=f"What it reads from: {' or '.join(powerbi_sources())}.")
]
ToOption = Annotated[
    Path | None,
    typer.Option("--to", metavar="FOLDER", help="Where to; without it, dashboards/powerbi of the checkout."),
]


SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="A parameter of the source; may be repeated."),
]


@powerbi.command("build")
def build(
    source: SourceOption = "parquet",
    to: ToOption = None,
    values: SetOption = None,
    profile: ProfileOption = None,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Write the project: the semantic model from dbt, and the report that is kept as files."""
    folder, changed = build_powerbi(open_application(profile), source, to, _values(values))
    line = f"{len(changed)} files changed in {folder}."
    show(output, {"folder": folder, "source": source, "changed": changed}, [*changed, line])


@powerbi.command("deploy")
def deploy(
    workspace: Annotated[
        str, typer.Option("--workspace", help="The workspace's identity, from its address.")
    ],
    source: SourceOption = "snowflake",
    values: SetOption = None,
    profile: ProfileOption = None,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Put the project into a workspace of the Power BI service; the extra `powerbi` is needed."""
    deploy_powerbi(open_application(profile), source, workspace, _values(values))
    line = f"The workspace {workspace} has the model and the report."
    show(output, {"workspace": workspace, "source": source}, [line])


@powerbi.command("refresh")
def refresh(profile: ProfileOption = None, output: FormatOption = OutputFormat.TABLE) -> None:
    """Have the profile's model in the Power BI service read what is published, and wait until it has."""
    refreshed = open_application(profile).refresher.refresh()
    line = f"The model has read what is published, in {refreshed.seconds:.0f} s."
    show(output, asdict(refreshed), [line])


@powerbi.command("check")
def check(profile: ProfileOption = None, output: FormatOption = OutputFormat.TABLE) -> None:
    """Fail where the project that is kept is not what dbt and its own model say."""
    found = check_powerbi(open_application(profile))
    if found:
        raise DefinitionError(
            "The Power BI project is not up to date:\n  - " + "\n  - ".join(found),
            where="dashboards/powerbi",
            safe="nothing was changed",
            next_command="streamvision powerbi build",
        )
    show(output, {"differences": found}, ["The Power BI project is up to date."])


def _values(options: list[str] | None) -> dict[str, str]:
    pairs = [option.partition("=") for option in options or ()]
    for name, equals, _ in pairs:
        if not (name and equals):
            raise WrongUseError(
                f"{name!r} is no parameter with a value",
                safe="nothing was written",
                next_command="write it as --set NAME=VALUE",
            )
    return {name: value for name, _, value in pairs}
