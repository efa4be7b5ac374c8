"""Commands that show how things stand."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table

from streamvision.bootstrap import open_application
from streamvision.domain.errors import WarehouseError
from streamvision.entrypoints.cli.options import FormatOption, OutputFormat, ProfileOption
from streamvision.entrypoints.cli.output import show, table_of
from streamvision.entrypoints.cli.steps import accounts_document, accounts_table
from streamvision.ports.marts import Publication
from streamvision.ports.run_log import RunRecord
from streamvision.ports.warehouse import Outcome, TableAccount


def status(
    batches: Annotated[int, typer.Option("--batches", min=1, help="How many of the newest to show.")] = 3,
    profile: ProfileOption = None,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Show, per batch and table, rows extracted, loaded and quarantined, and how fresh the data are."""
    application = open_application(profile)
    everything = application.warehouse.accounts()
    newest = sorted({account.batch_id for account in everything})[-batches:]
    accounts = [account for account in everything if account.batch_id in newest]
    outcomes = application.warehouse.outcomes(newest[-1]) if newest else ()
    published, last = application.warehouse.published(), application.run_log.last()
    now = application.clock.now()
    document = {
        "profile": application.profile.name,
        "last_run": last,
        "published": published,
        "freshness_seconds": _age_seconds(everything, now),
        "tables": accounts_document(accounts),
        "expectations": outcomes,
    }
    lines = [*_run_lines(last), *_freshness_lines(everything, published, now)]
    tables = [accounts_table(accounts)] if accounts else []
    show(output, document, [*lines, *tables, *_expectations(outcomes)])
    _fail_where_unbalanced(everything)


def _expectations(outcomes: Sequence[Outcome]) -> list[Table]:
    rows = [
        (each.batch_id, each.table, each.expectation, each.observed, each.expected, each.holds)
        for each in outcomes
    ]
    columns = ("batch", "table", "expectation", "observed", "expected", "holds")
    return [table_of(columns, rows)] if rows else []


def _run_lines(last: RunRecord | None) -> list[str]:
    if last is None:
        return ["No run yet; `streamvision up` makes the first."]
    line = f"Last run: {last.command} of {last.day or 'no day'}, {last.outcome}, began"
    lines = [f"{line} {last.started_at:%Y-%m-%d %H:%M:%S} UTC ({last.run_id})"]
    return [*lines, f"  {last.error}"] if last.error else lines


def _freshness_lines(
    accounts: Sequence[TableAccount], published: Publication | None, now: datetime
) -> list[str]:
    lines = []
    age = _age_seconds(accounts, now)
    if age is not None:
        lines.append(f"Newest data: taken from the source {age / 3600:.1f} hours ago")
    if published is not None:
        since = f"{published.published_at:%Y-%m-%d %H:%M:%S} UTC"
        lines.append(f"Published: the state of {published.batch_id}, since {since}")
    return lines


def _age_seconds(accounts: Sequence[TableAccount], now: datetime) -> int | None:
    newest = max((account.snapshot_at for account in accounts), default=None)
    return int((now - newest).total_seconds()) if newest else None


def _fail_where_unbalanced(accounts: Sequence[TableAccount]) -> None:
    unbalanced = [f"{account.table} of {account.batch_id}" for account in accounts if not account.balances]
    if unbalanced:
        raise WarehouseError(
            f"Rows are missing: extracted is not loaded + quarantined in {', '.join(unbalanced)}",
            where="ops.batches",
            safe="the lake has every row that was extracted",
            next_command="restore the warehouse, or remove its file and run `streamvision run`",
        )
