"""Commands that do one step, or all steps of a day."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date, datetime
from operator import attrgetter

from rich.table import Table

from streamvision.bootstrap import Application, open_application
from streamvision.domain.again import Again, Words
from streamvision.domain.errors import WrongUseError
from streamvision.entrypoints.cli.options import (
    AcceptOption,
    DayOption,
    DeriveOption,
    FormatOption,
    FromOption,
    OutputFormat,
    ParquetOption,
    ProfileOption,
    RebuildOption,
    TablesOption,
    ToOption,
    ViewsOption,
    chosen_day,
)
from streamvision.entrypoints.cli.output import note, show, table_of
from streamvision.entrypoints.cli.progress import extraction_progress
from streamvision.entrypoints.cli.work import do_again, do_day, recorded, tell_of_extraction, tell_of_outcomes
from streamvision.pipeline.load.step import LoadedBatch
from streamvision.ports.warehouse import TableAccount

_WORDS = Words(day="--date", first="--from", last="--to", rebuild="--rebuild")
ACCOUNT_COLUMNS = ("batch", "table", "extracted", "loaded", "quarantined", "balances")


def extract(
    day: DayOption = None,
    *,
    derive_contracts: DeriveOption = False,
    tables: TablesOption = None,
    views: ViewsOption = False,
    profile: ProfileOption = None,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Carry one consistent picture of all tables into the lake, as the batch of a day."""
    application = open_application(profile, derive=derive_contracts, tables=tables or (), views=views)
    chosen = chosen_day(application, day)
    with recorded(application, "extract", chosen) as run, extraction_progress() as progress:
        extraction = application.extract(chosen, run.run_id, progress)
        tell_of_extraction(extraction, run)
    rows = [
        (table.table, table.mode, table.rows, table.size_bytes, len(table.files))
        for table in extraction.tables
    ]
    document = {
        "batch": chosen,
        "is_new": extraction.is_new,
        "tables": extraction.tables,
        "notes": extraction.notes,
    }
    show(output, document, [table_of(["table", "mode", "rows", "bytes", "files"], rows)])


def load(
    day: DayOption = None,
    *,
    derive_contracts: DeriveOption = False,
    tables: TablesOption = None,
    views: ViewsOption = False,
    accept_quarantined: AcceptOption = False,
    profile: ProfileOption = None,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Load the lake's batches up to a day into RAW; rows that break their contract go to quarantine."""
    application = open_application(profile, derive=derive_contracts, tables=tables or (), views=views)
    chosen = chosen_day(application, day)
    with recorded(application, "load", chosen) as run:
        batches = application.load(chosen, run.run_id, accept_quarantined=accept_quarantined)
        note(_new_batches(batches))
        for batch in batches:
            tell_of_outcomes(batch, run)
    accounts = [account for batch in batches for account in batch.accounts]
    new = [batch.batch.id for batch in batches if batch.is_new]
    outcomes = [outcome for batch in batches for outcome in batch.outcomes]
    document = {"new": new, "accounts": accounts_document(accounts), "expectations": outcomes}
    show(output, document, [accounts_table(accounts)])


def transform(profile: ProfileOption = None, output: FormatOption = OutputFormat.TABLE) -> None:
    """Build and test staging, core and marts."""
    application = open_application(profile)
    with recorded(application, "transform", None) as run:
        summary = application.transform(run.run_id)
    show(output, asdict(summary), [str(summary)])


def publish(
    parquet: ParquetOption = None, profile: ProfileOption = None, output: FormatOption = OutputFormat.TABLE
) -> None:
    """Show the tested marts on the dashboards, and write them as files where that is asked for."""
    application = open_application(profile)
    with recorded(application, "publish", None) as run:
        publication = application.publish(run.run_id)
        written = application.write_parquet(parquet) if parquet else {}
    lines: list[Table | str] = [f"The dashboards show the state of {publication.batch_id}."]
    document = asdict(publication)
    if parquet:
        document["parquet"] = {"folder": parquet, "rows": written}
        lines.append(f"{len(written)} tables, {sum(written.values()):,} rows written into {parquet}.")
    show(output, document, lines)


def run(  # noqa: PLR0913 - the options of the command
    day: DayOption = None,
    first: FromOption = None,
    last: ToOption = None,
    *,
    rebuild: RebuildOption = False,
    derive_contracts: DeriveOption = False,
    tables: TablesOption = None,
    views: ViewsOption = False,
    accept_quarantined: AcceptOption = False,
    profile: ProfileOption = None,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Do all steps for a day: extract, load, transform, publish. Doing a day again changes nothing.

    With --from or --rebuild the lake's batches are loaded again, under the contracts as they are now.
    """
    application = open_application(profile, derive=derive_contracts, tables=tables or (), views=views)
    if first or last or rebuild:
        again = Again(_date(day), _date(first), _date(last), rebuild=rebuild)
        _run_again(application, again, accept_quarantined=accept_quarantined, output=output)
        return
    chosen = chosen_day(application, day)
    with recorded(application, "run", chosen) as run:
        do_day(application, chosen, run, accept_quarantined=accept_quarantined)
    accounts = [account for account in application.warehouse.accounts() if account.batch_id == str(chosen)]
    document = {"run_id": run.run_id, "batch": chosen, "accounts": accounts_document(accounts)}
    show(output, document, [accounts_table(accounts)])


def _run_again(
    application: Application, again: Again, *, accept_quarantined: bool, output: OutputFormat
) -> None:
    if wrong := again.contradiction(_WORDS):
        raise WrongUseError(wrong, safe="nothing was changed", next_command="streamvision run --help")
    with recorded(application, "run", again.day or again.last) as run:

        def load_again() -> list[LoadedBatch]:
            if again.first is None:
                return application.rebuild(again.day, run.run_id, accept_quarantined=accept_quarantined)
            return application.replay(
                again.first, again.last, run.run_id, accept_quarantined=accept_quarantined
            )

        loaded = do_again(application, run, load_again)
    again_loaded = {batch.batch.id for batch in loaded}
    accounts = [each for each in application.warehouse.accounts() if each.batch_id in again_loaded]
    document = {
        "run_id": run.run_id,
        "batches": sorted(again_loaded),
        "accounts": accounts_document(accounts),
    }
    show(output, document, [accounts_table(accounts)])


def _date(option: datetime | None) -> date | None:
    return option.date() if option else None


def accounts_document(accounts: Sequence[TableAccount]) -> list[dict[str, object]]:
    """Return the accounts for programs, each with whether it balances."""
    return [asdict(account) | {"balances": account.balances} for account in accounts]


def accounts_table(
    accounts: Sequence[TableAccount],
    balances: Callable[[TableAccount], bool] = attrgetter("balances"),
) -> Table:
    """Make the table that accounts for rows: extracted = loaded + quarantined."""
    rows = [
        (
            account.batch_id,
            account.table,
            account.extracted_rows,
            account.loaded_rows,
            account.quarantined_rows,
            balances(account),
        )
        for account in accounts
    ]
    return table_of(ACCOUNT_COLUMNS, rows)


def _new_batches(batches: Sequence[LoadedBatch]) -> str:
    new = [batch.batch.id for batch in batches if batch.is_new]
    return (
        f"Loaded: {', '.join(new)}." if new else "The warehouse has every batch already; nothing was loaded."
    )
