"""The command that serves the dashboards, and those that write them into a folder."""

import os
import subprocess
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from streamvision.assets import asset
from streamvision.bootstrap import open_application
from streamvision.bootstrap.packaging import package_dashboards
from streamvision.domain.errors import StreamVisionError
from streamvision.entrypoints.cli.login import check_open, login_of
from streamvision.entrypoints.cli.options import FormatOption, OutputFormat, ProfileOption
from streamvision.entrypoints.cli.output import show
from streamvision.entrypoints.cli.serving import ADDRESS, PortOption, environment_of, serve


class DashboardLanguage(StrEnum):
    """The languages of the dashboards."""

    EN = "en"
    FR = "fr"


dashboard = typer.Typer(help="Serve the dashboards on this machine until Ctrl-C.")

AddressOption = Annotated[
    str,
    typer.Option(
        "--address",
        help="On which address they listen; on any but this machine's own to itself, a login must be set.",
    ),
]
WithoutLoginOption = Annotated[
    bool,
    typer.Option(
        "--without-login",
        help="Listen for others without a login, where something else keeps them out: a container whose port"
        " is let out to this machine alone.",
    ),
]


@dashboard.callback(invoke_without_command=True)
def serve_dashboards(
    context: typer.Context,
    port: PortOption = 8501,
    address: AddressOption = ADDRESS,
    profile: ProfileOption = None,
    *,
    without_login: WithoutLoginOption = False,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Serve the dashboards on this machine until Ctrl-C."""
    if context.invoked_subcommand:
        return
    check_open(address, login_of(os.environ), without_login=without_login)
    application = open_application(profile)
    publication = application.marts.publication()
    if output is OutputFormat.JSON:
        show(output, {"url": f"http://127.0.0.1:{port}", "publication": publication}, [])
    serve(application, port, address, without_login=without_login)


@dashboard.command("export")
def export(
    to: Annotated[
        Path, typer.Option("--to", file_okay=False, help="The folder; files of before are replaced.")
    ] = Path("dashboards-snapshot"),
    language: Annotated[
        DashboardLanguage | None, typer.Option("--language", help="One language; without it, both.")
    ] = None,
    profile: ProfileOption = None,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Write the dashboards as they are now into a folder that a browser opens without a server."""
    application = open_application(profile)
    publication = application.marts.publication()
    command = [sys.executable, "-m", "streamvision_web.snapshot", "--to", str(to.resolve())]
    command += ["--language", language.value] if language else []
    done = subprocess.run(  # noqa: S603 - our own command, no shell
        command,
        cwd=asset("dashboards/web"),
        env=environment_of(application) | {"STREAMLIT_LOGGER_LEVEL": "error"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise StreamVisionError(
            f"The dashboards could not be written: {done.stderr.strip().splitlines()[-1:] or ['?']}",
            where=str(to),
            safe="the data are as they were; the folder may hold a part of the pages",
            next_command="streamvision doctor",
        )
    pages = done.stdout.split("\n")[:-1]
    document = {"pages": pages, "publication": publication}
    show(output, document, [f"{len(pages)} pages of the state of {publication.batch_id}: open {pages[0]}"])


@dashboard.command("package")
def package(
    to: Annotated[
        Path, typer.Option("--to", file_okay=False, help="The folder, which must be new or empty.")
    ],
    profile: ProfileOption = None,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Write the folder with which the dashboards are deployed inside Snowflake."""
    application = open_application(profile)
    files = package_dashboards(application.profile, to)
    lines = [f"{len(files)} files in {to}: `snow streamlit deploy` in that folder deploys them."]
    show(output, {"folder": str(to), "files": [str(path) for path in files]}, lines)
