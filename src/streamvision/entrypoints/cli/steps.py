"""Commands that do one step, or all steps of a day."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from operator import attrgetter

from rich.table import Table

from streamvision.bootstrap import Application, open_application
from streamvision.domain.errors import WrongUseError
from streamvision.entrypoints.cli.options import (
    AcceptOption,
    DayOption,
    DeriveOption,
    FormatOption,
    FromOption,
    OutputFormat,
    PresetOption,
    ProfileOption,
    RebuildOption,
    SeedOption,
    TablesOption,
    ToOption,
    UntilOption,
    ViewsOption,
    chosen_day,
)
from streamvision.entrypoints.cli.output import note, show, table_of
from streamvision.entrypoints.cli.progress import extraction_progress, table_progress
from streamvision.entrypoints.cli.work import do_again, do_day, recorded, tell_of_extraction, tell_of_outcomes
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


def publish(profile: ProfileOption = None, output: FormatOption = OutputFormat.TABLE) -> None:
    """Show the tested marts on the dashboards."""
    application = open_application(profile)
    with recorded(application, "publish", None) as run:
        publication = application.publish(run.run_id)
    show(output, asdict(publication), [f"The dashboards show the state of {publication.batch_id}."])


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
        again = _Again(_date(day), _date(first), _date(last), rebuild=rebuild)
        _run_again(application, again, accept_quarantined=accept_quarantined, output=output)
        return
    chosen = chosen_day(application, day)
    with recorded(application, "run", chosen) as run:
        do_day(application, chosen, run, accept_quarantined=accept_quarantined)
    accounts = [account for account in application.warehouse.accounts() if account.batch_id == str(chosen)]
    document = {"run_id": run.run_id, "batch": chosen, "accounts": accounts_document(accounts)}
    show(output, document, [accounts_table(accounts)])


@dataclass(frozen=True)
class _Again:
    """Say which days are to be loaded again."""

    day: date | None
    first: date | None
    last: date | None
    rebuild: bool

    def check(self) -> None:
        """Refuse options that do not go together."""
        if self.rebuild and (self.first or self.last):
            raise _contradiction("--rebuild makes all days anew; it takes no --from or --to")
        if self.last and not self.first:
            raise _contradiction("--to says up to which day, but --from does not say from which")
        if self.first and self.day:
            raise _contradiction("--date is one day; --from and --to are several")
        if self.first and self.last and self.last < self.first:
            raise _contradiction(f"--to {self.last} is before --from {self.first}")


def _run_again(
    application: Application, again: _Again, *, accept_quarantined: bool, output: OutputFormat
) -> None:
    again.check()
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


def _contradiction(what: str) -> WrongUseError:
    return WrongUseError(what, safe="nothing was changed", next_command="streamvision run --help")


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
