"""Commands that show how things stand."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Annotated

import typer
from rich.table import Table

from streamvision.bootstrap import open_application
from streamvision.domain.errors import StreamVisionError, WarehouseError
from streamvision.entrypoints.cli.failures import FoundWrong, found_wrong
from streamvision.entrypoints.cli.options import FormatOption, OutputFormat, ProfileOption
from streamvision.entrypoints.cli.output import note, show, size_text, table_of
from streamvision.entrypoints.cli.steps import accounts_document, accounts_table
from streamvision.ports.costs import RunCost, RunCosts
from streamvision.ports.failures import FailingRows
from streamvision.ports.marts import Publication
from streamvision.ports.run_log import RunRecord, last_run
from streamvision.ports.warehouse import CountedRows, Outcome, TableAccount

Counts = Mapping[tuple[str, str], CountedRows]


def status(
    batches: Annotated[int, typer.Option("--batches", min=1, help="How many of the newest to show.")] = 3,
    profile: ProfileOption = None,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Show the newest batches table by table, how fresh the data are, and which tests found something."""
    application = open_application(profile)
    everything = application.warehouse.accounts()
    newest = sorted({account.batch_id for account in everything})[-batches:]
    accounts = [account for account in everything if account.batch_id in newest]
    counted = application.warehouse.counted()
    outcomes = application.warehouse.outcomes(newest[-1]) if newest else ()
    tests = _tests(application.watching.failing_rows, application.profile.name)
    costs = _costs(application.run_costs, batches)
    published, last = application.warehouse.published(), last_run(application.run_log)
    now = application.clock.now()
    document: dict[str, object] = {
        "profile": application.profile.name,
        "last_run": last,
        "published": published,
        "freshness_seconds": _age_seconds(everything, now),
        "tables": _counted_document(accounts, counted),
        "expectations": outcomes,
        "tests": tests,
    }
    if application.run_costs is not None:
        document["costs"] = costs
    lines = [*_run_lines(last), *_freshness_lines(everything, published, now)]
    balances = partial(_balances, counted=counted)
    accounted = [accounts_table(accounts, balances)] if accounts else []
    told = [*_expectations(outcomes), *_tests_shown(tests), *_costs_shown(costs)]
    show(output, document, [*lines, *accounted, *told])
    _fail_where_unbalanced(everything, counted)


def _expectations(outcomes: Sequence[Outcome]) -> list[Table]:
    rows = [
        (each.batch_id, each.table, each.expectation, each.observed, each.expected, each.holds)
        for each in outcomes
    ]
    columns = ("batch", "table", "expectation", "observed", "expected", "holds")
    return [table_of(columns, rows)] if rows else []


def _tests(failing: FailingRows, profile: str) -> Sequence[FoundWrong] | None:
    """Return what tests of the last build found; where that cannot be told, say why and go on."""
    try:
        return found_wrong(failing, profile)
    except StreamVisionError as error:
        note(f"What the tests of the last build found cannot be told: {error.what}")
        return None


def _tests_shown(tests: Sequence[FoundWrong] | None) -> list[Table]:
    rows = [(each.test, each.severity, each.rows, each.command) for each in tests or ()]
    columns = ("test of the last build", "severity", "rows", "see them with")
    return [table_of(columns, rows)] if rows else []


def _costs(known: RunCosts | None, runs: int) -> Sequence[RunCost] | None:
    """Return what the newest runs have cost; where that cannot be told, say why and go on."""
    if known is None:
        return None
    try:
        return known.newest(runs)
    except StreamVisionError as error:
        note(f"What runs have cost cannot be told: {error.what}")
        return None


def _costs_shown(costs: Sequence[RunCost] | None) -> list[Table | str]:
    if not costs:
        return []
    rows = [
        (
            each.run_id,
            each.began_at,
            each.queries,
            f"{each.seconds:,.1f}",
            size_text(each.bytes_scanned),
            each.compute_credits,
            each.service_credits,
        )
        for each in costs
    ]
    columns = ("run", "began", "queries", "seconds", "scanned", "compute credits", "service credits")
    late = any(each.compute_credits is None for each in costs)
    remark = "Compute credits come hours late, and need the database role SNOWFLAKE.USAGE_VIEWER."
    return [table_of(columns, rows), *([remark] if late else [])]


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


def _counted_document(accounts: Sequence[TableAccount], counted: Counts) -> list[dict[str, object]]:
    """Return the accounts for programs, with the rows that are there."""
    documents = []
    for account, document in zip(accounts, accounts_document(accounts), strict=True):
        there = _there(account, counted)
        more = {"rows_in_raw": there.loaded, "rows_in_quarantine": there.quarantined}
        documents.append(document | more | {"balances": _balances(account, counted)})
    return documents


def _there(account: TableAccount, counted: Counts) -> CountedRows:
    return counted.get((account.batch_id, account.table), CountedRows())


def _balances(account: TableAccount, counted: Counts) -> bool:
    told = CountedRows(account.loaded_rows, account.quarantined_rows)
    return account.balances and _there(account, counted) == told


def _told(account: TableAccount, counted: Counts) -> str:
    there = _there(account, counted)
    return (
        f"{account.table} of {account.batch_id}: {account.extracted_rows:,} extracted,"
        f" {account.loaded_rows:,} loaded, {account.quarantined_rows:,} quarantined; there are"
        f" {there.loaded:,} in RAW and {there.quarantined:,} in quarantine"
    )


def _fail_where_unbalanced(accounts: Sequence[TableAccount], counted: Counts) -> None:
    """Fail where rows are missing: by their account, or because they are not there."""
    wrong = [_told(account, counted) for account in accounts if not _balances(account, counted)]
    if wrong:
        raise WarehouseError(
            "Rows are not accounted for:\n  - " + "\n  - ".join(wrong),
            where="ops.batches, against RAW and quarantine.rows",
            safe="the lake has every row that was extracted",
            next_command="`streamvision run --rebuild` makes the warehouse anew from the lake",
        )
