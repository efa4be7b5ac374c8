"""The options that commands share."""

import os
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from streamvision.bootstrap import Application
from streamvision.domain.errors import WrongUseError
from streamvision.pipeline.simulate.spec import PRESETS
from streamvision.ports.clock import last_complete_day


class OutputFormat(StrEnum):
    """How results are printed."""

    TABLE = "table"
    JSON = "json"


ProfileOption = Annotated[
    str | None,
    typer.Option("--profile", help="The profile to work on; `streamvision profile list` names them."),
]
FormatOption = Annotated[OutputFormat, typer.Option("--format", help="Print for people or for programs.")]
DayOption = Annotated[
    datetime | None,
    typer.Option(
        "--date", formats=["%Y-%m-%d"], help="The day of the batch, UTC; without it, the last complete day."
    ),
]
FromOption = Annotated[
    datetime | None,
    typer.Option(
        "--from",
        formats=["%Y-%m-%d"],
        help="Load the days from this one on again, from the lake alone; the source is not asked.",
    ),
]
ToOption = Annotated[
    datetime | None,
    typer.Option("--to", formats=["%Y-%m-%d"], help="With --from: the last of these days."),
]
RebuildOption = Annotated[
    bool,
    typer.Option(
        "--rebuild",
        help="Make the warehouse anew from the lake alone, up to --date or the newest batch.",
    ),
]
UntilOption = Annotated[
    datetime | None,
    typer.Option(
        "--until", formats=["%Y-%m-%d"], help="The last day of the data; without it, yesterday (UTC)."
    ),
]
PresetOption = Annotated[
    str, typer.Option("--preset", help=f"How large the simulated service is: {', '.join(PRESETS)}.")
]
DeriveOption = Annotated[
    bool,
    typer.Option(
        "--derive-contracts",
        help="Take each table's contract from the source's catalogue, not from contracts/.",
    ),
]
TablesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--tables",
        metavar="SCHEMA.TABLE",
        help="With --derive-contracts: only tables like this, with * and ?. May be repeated.",
    ),
]
ViewsOption = Annotated[
    bool,
    typer.Option(
        "--views", help="With --derive-contracts: views and foreign tables too, read whole each time."
    ),
]
AcceptOption = Annotated[
    bool,
    typer.Option(
        "--accept-quarantined",
        help="Load batches in which more rows went to quarantine than their contracts allow.",
    ),
]
ParquetOption = Annotated[
    Path | None,
    typer.Option(
        "--parquet",
        metavar="FOLDER",
        help="Also write core and marts as Parquet files, such as Power BI reads.",
    ),
]
SeedOption = Annotated[int, typer.Option("--seed", help="The same seed and dates give the same data.")]


def chosen_day(application: Application, option: datetime | None) -> date:
    """Return the day asked for, or the last complete one.

    Raises:
        WrongUseError: when the day has not begun.

    """
    now = application.clock.now()
    day = option.date() if option else last_complete_day(now)
    if day > now.date():
        raise WrongUseError(
            f"The day {day} has not begun",
            safe="nothing was changed",
            next_command="choose a --date that is not in the future",
        )
    return day


def new_run_id() -> str:
    """Return a name for a run that sorts by time and that no other run on this machine has."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}"
