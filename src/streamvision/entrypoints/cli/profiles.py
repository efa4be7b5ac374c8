"""Commands about profiles."""

import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from streamvision.bootstrap import Application, open_application
from streamvision.entrypoints.cli.health import report, works_of
from streamvision.entrypoints.cli.options import FormatOption, OutputFormat, ProfileOption
from streamvision.entrypoints.cli.output import show, table_of
from streamvision.settings import load_profile, masked, masked_target, profile_names

profile = typer.Typer(help="Show and check profiles.", no_args_is_help=True)


@profile.command("list")
def list_profiles(profile: ProfileOption = None, output: FormatOption = OutputFormat.TABLE) -> None:
    """List the profiles that can be chosen; the one in use is marked."""
    used = load_profile(profile, os.environ, Path.cwd()).name
    names = profile_names(os.environ, Path.cwd())
    rows = [(name, name == used) for name in names]
    show(
        output,
        [{"name": name, "in_use": in_use} for name, in_use in rows],
        [table_of(["profile", "in use"], rows)],
    )


@profile.command("show")
def show_profile(
    *,
    reveal: Annotated[bool, typer.Option("--reveal", help="Show secrets instead of masking them.")] = False,
    profile: ProfileOption = None,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Show a profile's URLs; secrets are masked."""
    document = _document(open_application(profile), reveal=reveal)
    show(output, document, [table_of(["setting", "value"], list(document.items()))])


@profile.command("check")
def check_profile(profile: ProfileOption = None, output: FormatOption = OutputFormat.TABLE) -> None:
    """Check that the source, lake and warehouse of a profile can be used."""
    report(works_of(open_application(profile)), output)


def _document(application: Application, *, reveal: bool) -> dict[str, object]:
    used = application.profile
    hide = (lambda url: url) if reveal else masked
    return {
        "profile": used.name,
        "source": hide(application.source_url),
        "lake": hide(used.lake),
        "warehouse": hide(used.warehouse),
        "lake_format": used.lake_format,
        "extraction": used.extraction,
        "contracts": used.contracts,
        "tables": ", ".join(used.tables),
        "views": used.views,
        "memory_limit": used.memory_limit or "the warehouse's own",
        "notify": ", ".join(used.notify if reveal else map(masked_target, used.notify)),
        "notify_on": used.notify_on,
        "notify_repeat_hours": used.notify_repeat_hours,
        "metrics": hide(used.metrics),
        "traces": hide(used.traces),
        "lineage": hide(used.lineage),
        "alerts": ", ".join(f"{name}={value:g}" for name, value in asdict(used.alerts).items()),
        "log_format": used.log_format,
        "dashboard_url": hide(used.dashboard_url),
        "powerbi": hide(used.powerbi),
        "source_server": "embedded" if application.embedded_server else "external",
        "home": str(used.home),
    }
