"""Commands for rows that broke their contract: look at them, and decide on them."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer
from rich.table import Table

from streamvision.bootstrap import open_application
from streamvision.domain.decision import Action
from streamvision.domain.errors import WrongUseError
from streamvision.entrypoints.cli.options import FormatOption, OutputFormat, ProfileOption
from streamvision.entrypoints.cli.output import show, table_of
from streamvision.entrypoints.cli.work import recorded
from streamvision.pipeline.load.decisions import Choice
from streamvision.ports.warehouse import AppliedDecision, DecidedRows, RowStatus, Warehouse

quarantine = typer.Typer(help="See rows that broke their contract, and decide on them.", no_args_is_help=True)


class StatusChoice(StrEnum):
    """Which rows to show, by what was decided about them."""

    OPEN = "open"
    RELEASED = "released"
    DROPPED = "dropped"
    ALL = "all"


StatusOption = Annotated[
    StatusChoice, typer.Option("--status", help="Only rows about which nothing, or this, was decided.")
]
TableArgument = Annotated[str | None, typer.Argument(help="Only rows of this table.")]
BatchOption = Annotated[
    datetime | None,
    typer.Option("--batch", formats=["%Y-%m-%d"], help="Only rows of the batch of this day."),
]
RuleOption = Annotated[
    str | None, typer.Option("--rule", help="Only rows that broke this rule; `quarantine list` names them.")
]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; it is kept with the rows.")]


@quarantine.command("list")
def list_groups(
    status: StatusOption = StatusChoice.OPEN,
    profile: ProfileOption = None,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Count the rows in quarantine by batch, table and rule; without --status, those that are open."""
    warehouse = open_application(profile).warehouse
    groups = warehouse.quarantine_groups(_status(status))
    decided = _Decided(warehouse)
    columns = ["batch", "table", "rule", "rows", "reason, for example", *decided.columns(status)]
    rows = [
        (
            group.batch_id,
            group.table,
            group.rule,
            group.rows,
            group.reason,
            *decided.cells(status, group.status, group.decision_id),
        )
        for group in groups
    ]
    document = [asdict(group) | {"decision": decided.on(group.decision_id)} for group in groups]
    show(output, document, [table_of(columns, rows) if groups else _none(status, "No row")])


@quarantine.command("show")
def show_rows(
    table: Annotated[str, typer.Argument(help="The table whose rows to show.")],
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many rows at the most.")] = 20,
    status: StatusOption = StatusChoice.OPEN,
    profile: ProfileOption = None,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Show rows in quarantine, whole, with file and row number; without --status, those that are open."""
    warehouse = open_application(profile).warehouse
    found = warehouse.quarantined_rows(table, limit=limit, status=_status(status))
    decided = _Decided(warehouse)
    columns = ["batch", "file:row", "reason", "row", *decided.columns(status)]
    rows = [
        (
            row.batch_id,
            f"{row.source_file}:{row.source_row}",
            row.reason,
            dict(row.row),
            *decided.cells(status, row.status, row.decision_id),
        )
        for row in found
    ]
    document = [asdict(row) | {"decision": decided.on(row.decision_id)} for row in found]
    show(output, document, [table_of(columns, rows) if found else _none(status, f"No row of {table}")])


@quarantine.command()
def release(
    table: TableArgument = None,
    batch: BatchOption = None,
    rule: RuleOption = None,
    profile: ProfileOption = None,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Hold rows in quarantine against their contract as it is now, and load those that pass.

    Mend first what was wrong: the contract's rule, or the row that they refer to.
    """
    _decide("release", Choice(table, _day(batch), rule), "", profile, output)


@quarantine.command()
def drop(
    reason: ReasonOption,
    table: TableArgument = None,
    batch: BatchOption = None,
    rule: RuleOption = None,
    profile: ProfileOption = None,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Close rows in quarantine without loading them; they stay there as a record."""
    if not reason.strip():
        raise WrongUseError(
            "Rows are not dropped without a reason",
            safe="nothing was changed",
            next_command="say why with --reason",
        )
    _decide("drop", Choice(table, _day(batch), rule), reason, profile, output)


def _decide(action: Action, choice: Choice, reason: str, profile: str | None, output: OutputFormat) -> None:
    application = open_application(profile)
    with recorded(application, f"quarantine {action}", None) as run:
        decision, decided = application.decide(action, choice, reason=reason, run_id=run.run_id)
    document = {"decision_id": decision.decision_id if decision else None, "tables": decided}
    show(output, document, _outcome(action, decided) if decision else [_nothing_chosen(choice)])


def _outcome(action: Action, decided: Sequence[DecidedRows]) -> list[Table | str]:
    if action == "drop":
        rows: list[tuple[object, ...]] = [(each.table, each.chosen) for each in decided]
        return [table_of(["table", "dropped"], rows)]
    rows = [(each.table, each.chosen, each.loaded, each.still_broken) for each in decided]
    lines: list[Table | str] = [table_of(["table", "chosen", "loaded", "still broken"], rows)]
    if any(each.loaded for each in decided):
        lines.append("To see them on the dashboards: `streamvision transform`, then `streamvision publish`.")
    if any(each.still_broken for each in decided):
        lines.append("What the others break now: `streamvision quarantine list`.")
    return lines


def _nothing_chosen(choice: Choice) -> str:
    of = {"of": choice.table, "of the batch": choice.batch_id, "that broke": choice.rule}
    which = "".join(f" {word} {value}" for word, value in of.items() if value)
    return f"No open row{which} is in quarantine; nothing was changed."


def _none(status: StatusChoice, what: str) -> str:
    if status is StatusChoice.OPEN:
        return f"{what} is in quarantine."
    return f"{what} was ever in quarantine." if status is StatusChoice.ALL else f"{what} was {status.value}."


def _status(choice: StatusChoice) -> RowStatus | None:
    statuses: dict[StatusChoice, RowStatus] = {
        StatusChoice.OPEN: "open",
        StatusChoice.RELEASED: "released",
        StatusChoice.DROPPED: "dropped",
    }
    return statuses.get(choice)


def _day(option: datetime | None) -> str | None:
    return option.date().isoformat() if option else None


class _Decided:
    """Tell of rows what was decided about them: when, by which run, and why."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._by_id = {each.decision_id: each for each in warehouse.decisions()}

    def on(self, decision_id: str | None) -> AppliedDecision | None:
        """Return a decision."""
        return self._by_id.get(decision_id or "")

    def columns(self, status: StatusChoice) -> list[str]:
        """Return the headings of what `cells` tells."""
        return [] if status is StatusChoice.OPEN else ["status", "decided", "run", "why"]

    def cells(self, choice: StatusChoice, status: RowStatus, decision_id: str | None) -> list[object]:
        """Return what to tell of a row; nothing where only open ones are shown."""
        if choice is StatusChoice.OPEN:
            return []
        decision = self.on(decision_id)
        if decision is None:
            return [status, None, None, None]
        return [status, decision.decided_at, decision.run_id, decision.reason or None]
