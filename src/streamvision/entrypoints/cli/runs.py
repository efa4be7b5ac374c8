"""Commands that show the runs there were."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table

from streamvision.bootstrap import open_application
from streamvision.domain.errors import WrongUseError
from streamvision.entrypoints.cli.options import FormatOption, OutputFormat, ProfileOption
from streamvision.entrypoints.cli.output import show, size_text, table_of
from streamvision.ports.run_log import RunRecord

runs = typer.Typer(help="Show the runs there were and how they went.", no_args_is_help=True)


@runs.command("list")
def list_runs(
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many of the newest to show.")] = 20,
    profile: ProfileOption = None,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """List the profile's newest runs; one that was killed stays `running`."""
    records = open_application(profile).run_log.recent(limit)
    rows = [
        (
            each.run_id,
            each.command,
            each.day or "-",
            each.outcome,
            each.started_at,
            _duration(each.seconds),
            _total(each, "loaded_rows"),
            _total(each, "quarantined_rows"),
            each.error or "-",
        )
        for each in records
    ]
    columns = ("run", "command", "day", "outcome", "began", "took", "loaded", "quarantined", "error")
    nothing = "No run yet; `streamvision up` makes the first."
    show(output, [_document(each) for each in records], [table_of(columns, rows) if rows else nothing])


@runs.command("show")
def show_run(
    run_id: Annotated[str, typer.Argument(help="The run's id, as `streamvision runs list` shows it.")],
    profile: ProfileOption = None,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Show one run: its steps, the rows that it carried, what stopped it, and what people were told."""
    record = open_application(profile).run_log.find(run_id)
    if record is None:
        raise WrongUseError(
            f"There is no run {run_id!r} among those that are remembered",
            where="the profile's runs",
            safe="nothing was changed",
            next_command="streamvision runs list",
        )
    show(output, _document(record), _shown(record))


def _document(record: RunRecord) -> dict[str, object]:
    steps = [asdict(step) | {"seconds": step.seconds} for step in record.steps]
    return asdict(record) | {"seconds": record.seconds, "steps": steps}


def _shown(record: RunRecord) -> Sequence[Table | str]:
    began = f"{record.started_at:%Y-%m-%d %H:%M:%S} UTC"
    head = f"Run {record.run_id}: {record.command} of {record.day or 'no day'}, {record.outcome}"
    lines: list[Table | str] = [f"{head}, began {began}, took {_duration(record.seconds)}"]
    lines += record.error_text.splitlines()
    if record.steps:
        steps = [
            (each.name, each.outcome, each.attempts, _duration(each.seconds), each.retried_because or "-")
            for each in record.steps
        ]
        lines.append(table_of(("step", "outcome", "attempts", "took", "tried again because"), steps))
    if record.tables:
        tables = [
            (
                each.batch_id,
                each.table,
                each.extracted_rows,
                each.loaded_rows,
                each.quarantined_rows,
                "-" if each.extracted_bytes is None else size_text(each.extracted_bytes),
            )
            for each in record.tables
        ]
        lines.append(table_of(("batch", "table", "extracted", "loaded", "quarantined", "size"), tables))
    return [*lines, *record.notices]


def _total(record: RunRecord, column: str) -> int | None:
    numbers = [getattr(each, column) for each in record.tables]
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


def _duration(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds:,.1f} s"
