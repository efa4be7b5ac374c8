"""Does steps under the lock, remembers how it went, and tells of it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date

from streamvision.bootstrap import Application
from streamvision.bootstrap.recording import record_extraction, record_load
from streamvision.domain.errors import StreamVisionError
from streamvision.domain.log_line import Where
from streamvision.domain.plan import DAILY, REPLAY, Plan, follow
from streamvision.entrypoints.cli.options import new_run_id
from streamvision.entrypoints.cli.output import LOG, note, size_text
from streamvision.entrypoints.cli.progress import Listeners, StepNotes, extraction_progress
from streamvision.pipeline.extract.step import Extraction
from streamvision.pipeline.load.step import LoadedBatch
from streamvision.pipeline.notify.people import shown_day
from streamvision.pipeline.record.recorder import RunRecorder

_LEAD_TO_DASHBOARDS = {"up", "run", "transform", "publish"}
_TOLD_TO_PEOPLE = {"up", "run"}


@contextmanager
def recorded(application: Application, command: str, day: date | None) -> Iterator[RunRecorder]:
    """Hold the lock for a block, remember how it went, tell people of it, and lend what is remembered."""
    run = application.runs.new(new_run_id(), command, day)
    LOG.suggest(application.profile.log_format)
    LOG.where = Where(run.run_id, str(day or ""))
    with ExitStack() as stack:
        try:
            stack.enter_context(application.lock.hold(run.run_id, command))
        except StreamVisionError as error:
            # Where one run stands still, those after it are kept out, and the dashboards grow old.
            _tell_people(application, run, error)
            raise
        run.begin()
        single = DAILY.step(command)
        try:
            if single is not None:
                LOG.where = replace(LOG.where, step=single.name)
                run.step_started(single)
            yield run
            if single is not None:
                run.step_done(single)
        except BaseException as error:
            if command in _LEAD_TO_DASHBOARDS and (shown := shown_day(lambda: application.warehouse)):
                note(f"the dashboards still show the state of {shown}")
            run.failed(error)
            _tell_of_notices(run)
            # Who stops a run knows of it.
            if isinstance(error, Exception):
                _tell_people(application, run, error)
            raise
        run.done()
        _tell_of_notices(run)
        _tell_people(application, run)


def _tell_of_notices(run: RunRecorder) -> None:
    """Tell what those who watch the run could not be told."""
    for line in run.record.notices:
        note(f"  warning: {line}")


def _tell_people(application: Application, run: RunRecorder, error: Exception | None = None) -> None:
    if run.record.command not in _TOLD_TO_PEOPLE:
        return
    for delivery in application.tell_people(run, error):
        note(f"  {'warning: ' if delivery.state == 'failed' else ''}{delivery.line}")


def do_day(
    application: Application,
    day: date,
    run: RunRecorder,
    plan: Plan = DAILY,
    *,
    accept_quarantined: bool = False,
) -> None:
    """Do the steps of a plan for a day, with retries, telling of each."""
    steps = actions(application, day, run, accept_quarantined=accept_quarantined)
    follow(application.plan(plan), steps, application.clock.pause, Listeners(StepNotes(), run))


def do_again(
    application: Application, run: RunRecorder, load: Callable[[], list[LoadedBatch]]
) -> list[LoadedBatch]:
    """Do the steps that follow the lake, with another way to load, and return what was loaded."""
    loaded: list[LoadedBatch] = []

    def load_again() -> None:
        loaded[:] = load()
        for batch in loaded:
            tell_of_load(batch, run)

    steps = _after_load(application, run) | {"load": load_again}
    follow(application.plan(REPLAY), steps, application.clock.pause, Listeners(StepNotes(), run))
    return loaded


def actions(
    application: Application, day: date, run: RunRecorder, *, accept_quarantined: bool = False
) -> dict[str, Callable[[], None]]:
    """Return what each step of a plan does."""

    def extract() -> None:
        with extraction_progress() as progress:
            extraction = application.extract(day, run.run_id, progress)
        tell_of_extraction(extraction, run)

    def load() -> None:
        for batch in application.load(day, run.run_id, accept_quarantined=accept_quarantined):
            tell_of_load(batch, run)

    return {"extract": extract, "load": load} | _after_load(application, run)


def _after_load(application: Application, run: RunRecorder) -> dict[str, Callable[[], None]]:
    def transform() -> None:
        summary = application.transform(run.run_id)
        run.built(summary.warnings)
        note(f"  {summary}")

    def publish() -> None:
        publication = application.publish(run.run_id)
        note(f"  the dashboards show the state of {publication.batch_id}")

    def refresh() -> None:
        refreshed = application.refresher.refresh()
        note(f"  the Power BI model has read it in {refreshed.seconds:.0f} s")

    return {"transform": transform, "publish": publish, "refresh": refresh}


def tell_of_extraction(extraction: Extraction, run: RunRecorder) -> None:
    """Tell what people should know of a batch that was extracted."""
    record_extraction(run, extraction)
    for each in extraction.notes:
        note(f"  {each}")
    if not extraction.is_new:
        note(f"  the lake has the batch of {extraction.batch.id} already; nothing was read")
        return
    size = size_text(extraction.size_bytes)
    tables, rows = len(extraction.tables), extraction.rows
    note(f"  done: batch {extraction.batch.id}, {tables} tables, {rows:,} rows, {size}")


def tell_of_load(batch: LoadedBatch, run: RunRecorder) -> None:
    """Tell what became of a batch."""
    if batch.is_new:
        loaded, quarantined = batch.loaded_rows, batch.quarantined_rows
        note(f"  batch {batch.batch.id}: {loaded:,} rows loaded, {quarantined:,} quarantined")
    tell_of_outcomes(batch, run)


def tell_of_outcomes(batch: LoadedBatch, run: RunRecorder) -> None:
    """Tell where a batch is not what its contracts expect of its tables."""
    record_load(run, batch)
    for outcome in batch.breaches:
        note(f"  warning: batch {batch.batch.id}: {outcome.told}")
