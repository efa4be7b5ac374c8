"""Commands that do one step, or all steps of a day."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date

from rich.table import Table

from streamvision.bootstrap import open_application
from streamvision.domain.errors import WrongUseError
from streamvision.entrypoints.cli.options import (
    DayOption,
    DeriveOption,
    FormatOption,
    OutputFormat,
    PresetOption,
    ProfileOption,
    SeedOption,
    TablesOption,
    UntilOption,
    ViewsOption,
    chosen_day,
)
from streamvision.entrypoints.cli.output import note, show, table_of
from streamvision.entrypoints.cli.progress import extraction_progress, table_progress
from streamvision.entrypoints.cli.work import do_day, recorded, tell_of_extraction
from streamvision.pipeline.load.step import LoadedBatch
from streamvision.pipeline.simulate.spec import PRESETS, SimulationSpec
from streamvision.ports.warehouse import TableAccount

ACCOUNT_COLUMNS = ("batch", "table", "extracted", "loaded", "quarantined", "balances")


def simulate(
    preset: PresetOption = "report",
    seed: SeedOption = 42,
    until: UntilOption = None,
    profile: ProfileOption = None,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Fill the source, which must be empty, with a simulated streaming service."""
    application = open_application(profile)
    spec = simulation(preset, seed, chosen_day(application, until))
    with recorded(application, "simulate", spec.until), table_progress("written") as progress:
        rows = application.simulate(spec, progress.rows)
    show(output, {"until": spec.until, "rows": rows}, [table_of(["table", "rows"], list(rows.items()))])


def simulation(preset: str, seed: int, until: date) -> SimulationSpec:
    """Return the simulation of a preset.

    Raises:
        WrongUseError: when there is no such preset.

    """
    if preset not in PRESETS:
        raise WrongUseError(
            f"There is no preset {preset!r}",
            safe="nothing was written",
            next_command=f"choose one of {', '.join(PRESETS)}",
        )
    return SimulationSpec(volumes=PRESETS[preset], seed=seed, until=until)


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
    with recorded(application, "extract", chosen) as run_id, extraction_progress() as progress:
        extraction = application.extract(chosen, run_id, progress)
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
    tell_of_extraction(extraction)
    show(output, document, [table_of(["table", "mode", "rows", "bytes", "files"], rows)])


def load(
    day: DayOption = None,
    *,
    derive_contracts: DeriveOption = False,
    tables: TablesOption = None,
    views: ViewsOption = False,
    profile: ProfileOption = None,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Load the lake's batches up to a day into RAW; rows that break their contract go to quarantine."""
    application = open_application(profile, derive=derive_contracts, tables=tables or (), views=views)
    chosen = chosen_day(application, day)
    with recorded(application, "load", chosen) as run_id:
        batches = application.load(chosen, run_id)
    accounts = [account for batch in batches for account in batch.accounts]
    note(_new_batches(batches))
    new = [batch.batch.id for batch in batches if batch.is_new]
    document = {"new": new, "accounts": accounts_document(accounts)}
    show(output, document, [accounts_table(accounts)])


def transform(profile: ProfileOption = None, output: FormatOption = OutputFormat.TABLE) -> None:
    """Build and test staging, core and marts."""
    application = open_application(profile)
    with recorded(application, "transform", None) as run_id:
        summary = application.transform(run_id)
    line = f"{summary.models} models built, {summary.tests} tests passed, {summary.warnings} warnings"
    show(output, asdict(summary), [line])


def publish(profile: ProfileOption = None, output: FormatOption = OutputFormat.TABLE) -> None:
    """Show the tested marts on the dashboards."""
    application = open_application(profile)
    with recorded(application, "publish", None) as run_id:
        publication = application.publish(run_id)
    show(output, asdict(publication), [f"The dashboards show the state of {publication.batch_id}."])


def run(
    day: DayOption = None,
    *,
    derive_contracts: DeriveOption = False,
    tables: TablesOption = None,
    views: ViewsOption = False,
    profile: ProfileOption = None,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Do all steps for a day: extract, load, transform, publish. Doing a day again changes nothing."""
    application = open_application(profile, derive=derive_contracts, tables=tables or (), views=views)
    chosen = chosen_day(application, day)
    with recorded(application, "run", chosen) as run_id:
        do_day(application, chosen, run_id)
    accounts = [account for account in application.warehouse.accounts() if account.batch_id == str(chosen)]
    document = {"run_id": run_id, "batch": chosen, "accounts": accounts_document(accounts)}
    show(output, document, [accounts_table(accounts)])


def accounts_document(accounts: Sequence[TableAccount]) -> list[dict[str, object]]:
    """Return the accounts for programs, each with whether it balances."""
    return [asdict(account) | {"balances": account.balances} for account in accounts]


def accounts_table(accounts: Sequence[TableAccount]) -> Table:
    """Make the table that accounts for rows: extracted = loaded + quarantined."""
    rows = [
        (
            account.batch_id,
            account.table,
            account.extracted_rows,
            account.loaded_rows,
            account.quarantined_rows,
            account.balances,
        )
        for account in accounts
    ]
    return table_of(ACCOUNT_COLUMNS, rows)


def _new_batches(batches: Sequence[LoadedBatch]) -> str:
    new = [batch.batch.id for batch in batches if batch.is_new]
    return (
        f"Loaded: {', '.join(new)}." if new else "The warehouse has every batch already; nothing was loaded."
    )
