"""The command `streamvision`."""

import sys
from collections.abc import Callable
from enum import StrEnum
from importlib.metadata import version
from typing import Annotated, NoReturn

import typer

from streamvision.domain.errors import HomeError, StreamVisionError
from streamvision.entrypoints.cli import (
    alerts,
    contracts,
    dashboards,
    docs,
    failures,
    health,
    life,
    log,
    look,
    models,
    notify,
    powerbi,
    profiles,
    quarantine,
    runs,
    simulate,
    steps,
    warehouse,
)
from streamvision.entrypoints.cli.output import LOG, note


class LogFormatChoice(StrEnum):
    """How lines on the standard error are written."""

    TEXT = "text"
    JSON = "json"


app = typer.Typer(
    name="streamvision",
    no_args_is_help=True,
    add_completion=False,
    # A traceback with local variables could show a password.
    pretty_exceptions_enable=False,
)


def _show_version(asked: bool) -> None:  # noqa: FBT001 - typer hands over the option's value
    if asked:
        sys.stdout.write(f"streamvision {version('streamvision')}\n")
        raise typer.Exit


@app.callback()
def streamvision(
    *,
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
    log_format: Annotated[
        LogFormatChoice | None,
        typer.Option(
            "--log-format",
            envvar="STREAMVISION_LOG_FORMAT",
            show_envvar=False,
            help="Write progress, remarks and errors for people, or a JSON object a line.",
        ),
    ] = None,
) -> None:
    """Carry a streaming service's PostgreSQL to a lake, a warehouse and dashboards."""
    LOG.begin(log_format.value if log_format else None)


_PANELS: dict[str, tuple[Callable[..., None], ...]] = {
    "Every day": (life.up, life.down, steps.run),
    "Single steps": (simulate.simulate, steps.extract, steps.load, steps.transform, steps.publish),
    "Look": (look.status, docs.docs, health.doctor),
}
for _panel, _commands in _PANELS.items():
    for _command in _commands:
        app.command(rich_help_panel=_panel)(_command)
app.add_typer(dashboards.dashboard, name="dashboard", rich_help_panel="Look")
app.add_typer(runs.runs, name="runs", rich_help_panel="Look")
app.add_typer(failures.failures, name="failures", rich_help_panel="Look")
app.add_typer(alerts.alerts, name="alerts", rich_help_panel="Look")
app.add_typer(quarantine.quarantine, name="quarantine", rich_help_panel="Look")
app.add_typer(contracts.contracts, name="contracts", rich_help_panel="Look")
app.add_typer(models.models, name="models", rich_help_panel="Look")
app.add_typer(log.log, name="log", rich_help_panel="Look")
app.add_typer(notify.notify, name="notify", rich_help_panel="Look")
app.add_typer(profiles.profile, name="profile", rich_help_panel="Look")
app.add_typer(powerbi.powerbi, name="powerbi", rich_help_panel="Set up")
app.add_typer(warehouse.warehouse, name="warehouse", rich_help_panel="Set up")


def main() -> None:
    """Run a command. Exit codes: 0 done, 1 failed, 2 wrong use, 3 stopped by data quality."""
    try:
        app()
    except StreamVisionError as error:
        _end_with(error)
    except OSError as error:
        _end_with(HomeError.from_os_error(error, str(error.filename or "")))


def _end_with(error: StreamVisionError) -> NoReturn:
    note(str(error) if LOG.is_json else f"error: {error}", "error")
    sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
