"""Does steps under the lock, remembers how it went, and tells of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date

from streamvision.bootstrap import Application
from streamvision.domain.errors import HomeError
from streamvision.domain.plan import DAILY, REPLAY, Plan, follow
from streamvision.entrypoints.cli.options import new_run_id
from streamvision.entrypoints.cli.output import note, size_text
from streamvision.entrypoints.cli.progress import StepNotes, extraction_progress
from streamvision.pipeline.extract.step import Extraction
from streamvision.pipeline.load.judge import tell
from streamvision.pipeline.load.step import LoadedBatch
from streamvision.ports.run_log import RunRecord

_LEAD_TO_DASHBOARDS = {"up", "run", "transform", "publish"}


@contextmanager
def recorded(application: Application, command: str, day: date | None) -> Iterator[str]:
    """Hold the lock for a block, remember how it went, and lend the run's id."""
    run_id = new_run_id()
    with application.lock.hold(run_id, command):
        log = application.run_log
        record = RunRecord(
            run_id=run_id,
            command=command,
            day=day.isoformat() if day else "",
            outcome="running",
            started_at=application.clock.now(),
        )
        log.write(record)
        try:
            yield run_id
        except BaseException as error:
            what = (str(error).splitlines() or [type(error).__name__])[0]
            if command in _LEAD_TO_DASHBOARDS:
                _tell_what_is_shown(application)
            # Where the disk is full, the error that stopped the run is the one to tell.
            with suppress(HomeError):
                log.write(replace(record, outcome="failed", ended_at=application.clock.now(), error=what))
            raise
        log.write(replace(record, outcome="done", ended_at=application.clock.now()))


def _tell_what_is_shown(application: Application) -> None:
    # The error that stopped the run is the one to tell, whatever else is wrong.
    with suppress(Exception):
        publication = application.warehouse.published()
        if publication is not None:
            note(f"the dashboards still show the state of {publication.batch_id}")


def do_day(
    application: Application,
    day: date,
    run_id: str,
    plan: Plan = DAILY,
    *,
    accept_quarantined: bool = False,
) -> None:
    """Do the steps of a plan for a day, with retries, telling of each."""
    steps = actions(application, day, run_id, accept_quarantined=accept_quarantined)
    follow(plan, steps, application.clock.pause, StepNotes())


def do_again(
    application: Application, run_id: str, load: Callable[[], list[LoadedBatch]]
) -> list[LoadedBatch]:
    """Do the steps that follow the lake, with another way to load, and return what was loaded."""
    loaded: list[LoadedBatch] = []

    def load_again() -> None:
        loaded[:] = load()
        for batch in loaded:
            tell_of_load(batch)

    steps = _after_load(application, run_id) | {"load": load_again}
    follow(REPLAY, steps, application.clock.pause, StepNotes())
    return loaded


def actions(
    application: Application, day: date, run_id: str, *, accept_quarantined: bool = False
) -> dict[str, Callable[[], None]]:
    """Return what each step of a plan does."""

    def extract() -> None:
        with extraction_progress() as progress:
            extraction = application.extract(day, run_id, progress)
        tell_of_extraction(extraction)

    def load() -> None:
        for batch in application.load(day, run_id, accept_quarantined=accept_quarantined):
            tell_of_load(batch)

    return {"extract": extract, "load": load} | _after_load(application, run_id)


def _after_load(application: Application, run_id: str) -> dict[str, Callable[[], None]]:
    def transform() -> None:
        summary = application.transform(run_id)
        note(f"  {summary.models} models built, {summary.tests} tests passed, {summary.warnings} warnings")

    def publish() -> None:
        publication = application.publish(run_id)
        note(f"  the dashboards show the state of {publication.batch_id}")

    return {"transform": transform, "publish": publish}


def tell_of_extraction(extraction: Extraction) -> None:
    """Tell what people should know of a batch that was extracted."""
    for each in extraction.notes:
        note(f"  {each}")
    if not extraction.is_new:
        note(f"  the lake has the batch of {extraction.batch.id} already; nothing was read")
        return
    tables = extraction.tables
    rows, size = sum(table.rows for table in tables), sum(table.size_bytes for table in tables)
    note(f"  done: batch {extraction.batch.id}, {len(tables)} tables, {rows:,} rows, {size_text(size)}")


def tell_of_load(batch: LoadedBatch) -> None:
    """Tell what became of a batch."""
    loaded = sum(account.loaded_rows for account in batch.accounts)
    quarantined = sum(account.quarantined_rows for account in batch.accounts)
    if batch.is_new:
        note(f"  batch {batch.batch.id}: {loaded:,} rows loaded, {quarantined:,} quarantined")
    tell_of_outcomes(batch)


def tell_of_outcomes(batch: LoadedBatch) -> None:
    """Tell where a batch is not what its contracts expect of its tables."""
    for outcome in batch.outcomes:
        if not outcome.holds:
            note(f"  warning: batch {batch.batch.id}: {tell(outcome)}")
