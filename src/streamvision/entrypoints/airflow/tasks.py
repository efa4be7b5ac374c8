"""What the tasks of a run do, each in a process of its own that holds the lock while it works.

What is remembered of a run, and of a build, is kept outside of Airflow: by the same application that the
command line uses. So each task can be done again, alone, in any order.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

from airflow.sdk import get_current_context
from airflow.sdk.exceptions import AirflowFailException, AirflowRescheduleException

from streamvision.bootstrap import Application
from streamvision.bootstrap.recording import record_extraction, record_load
from streamvision.domain.errors import RunInProgressError, StreamVisionError, Transient
from streamvision.domain.plan import Step
from streamvision.entrypoints.airflow.environment import open_task_application
from streamvision.entrypoints.airflow.parameters import days_again
from streamvision.pipeline.extract.progress import Unheard
from streamvision.pipeline.load.step import LoadedBatch
from streamvision.pipeline.record.recorder import RunRecorder

_LOG = logging.getLogger(__name__)
_WHILE_ANOTHER_RUNS = timedelta(seconds=30)
_KILLED = "A task was killed, or ran out of time; its log in Airflow tells more"


def chosen_day() -> date:
    """Return the day of the run: the one that was asked for, or that of its data interval.

    Raises:
        AirflowFailException: when the run has neither.

    """
    context = get_current_context()
    asked = context["params"].get("day")
    if asked:
        return date.fromisoformat(asked)
    start = context["dag_run"].data_interval_start
    if start is None:
        raise AirflowFailException(
            "The run has no data interval: trigger it with a `day`, such as 2026-03-14"
        )
    return start.date()


def begin() -> None:
    """Write down that the run begins."""
    with _terminal_errors():
        _resumed(open_task_application())


def extract(step: Step) -> None:
    """Carry the source's picture of the day into the lake."""
    with _at_work(step) as (application, run):
        extraction = application.extract(chosen_day(), run.run_id, Unheard())
        record_extraction(run, extraction)
        for note in extraction.notes:
            _LOG.info("%s", note)
        _LOG.info("batch %s: %d rows, new: %s", extraction.batch.id, extraction.rows, extraction.is_new)


def load(step: Step) -> None:
    """Load what the lake has up to the day."""
    with _at_work(step) as (application, run):
        _tell(run, application.load(chosen_day(), run.run_id, accept_quarantined=_accepts_quarantined()))


def load_again(step: Step) -> None:
    """Load days again from the lake alone, or all of them into a new warehouse.

    Raises:
        AirflowFailException: when the parameters contradict each other.

    """
    accept = _accepts_quarantined()
    with _at_work(step) as (application, run):
        again = days_again(get_current_context()["params"])
        if again.first is None:
            loaded = application.rebuild(again.day, run.run_id, accept_quarantined=accept)
        else:
            loaded = application.replay(again.first, again.last, run.run_id, accept_quarantined=accept)
        _tell(run, loaded)


def begin_build(step: Step) -> None:
    """Begin to build anew."""
    with _at_work(step, ends=False) as (application, run):
        application.begin_build(run.run_id)


def build_models(step: Step, names: Sequence[str]) -> None:
    """Build and test models, after those that they need and that are not there."""
    with _at_work(step, begins=False, ends=False) as (application, run):
        summary = application.build_models(names, run.run_id)
        run.built(run.record.test_warnings + summary.warnings)
        _LOG.info("%d models built, %d tests passed", summary.models, summary.tests)


def finish_build(step: Step) -> None:
    """Build what is not there, do the tests that concern several models, and note that all have passed."""
    with _at_work(step, begins=False) as (application, run):
        summary = application.finish_build(run.run_id)
        run.built(run.record.test_warnings + summary.warnings)
        _LOG.info("%d tests passed", summary.tests)


def clean_lake(step: Step) -> None:
    """Remove what killed extractions have left in the lake."""
    with _at_work(step) as (application, _):
        cleaned = application.clean_lake()
        _LOG.info("%d files removed", len(cleaned.removed))
        for batch_id in cleaned.kept_of:
            _LOG.warning("batch %s: a manifest is damaged; nothing was removed of it", batch_id)


def check_log(step: Step) -> None:
    """See how the source's log of changes stands; what is amiss is told when the run ends."""
    with _at_work(step) as (application, _):
        if application.profile.extraction == "changes":
            health = application.log_health()
            _LOG.info(
                "%s: %d bytes are kept; lost: %s", health.name, health.retained_bytes, health.lost_because
            )


def forget_runs(step: Step) -> None:
    """Forget runs of long ago."""
    days = int(get_current_context()["params"]["keep_runs_days"])
    with _at_work(step) as (application, _):
        _LOG.info("%d runs forgotten", application.forget_runs(days))


def publish(step: Step) -> None:
    """Show the tested marts to people."""
    with _at_work(step) as (application, run):
        publication = application.publish(run.run_id)
        _LOG.info("the dashboards show the state of %s", publication.batch_id)


def refresh(step: Step) -> None:
    """Have the Power BI model read what is published."""
    with _at_work(step) as (application, _):
        refreshed = application.refresher.refresh()
        _LOG.info("refresh %s took %.0f s", refreshed.request_id, refreshed.seconds)


def end(last_step: str) -> None:
    """Write down how the run ended, and tell people of it."""
    with _terminal_errors():
        application = open_task_application()
        run = _resumed(application)
    steps = {step.name: step.outcome for step in run.record.steps}
    if steps.get(last_step) == "done":
        run.done()
        _tell_people(application, run, None)
        return
    error = RuntimeError(run.record.error_text or _KILLED)
    run.failed(error)
    _tell_people(application, run, error)


@contextmanager
def _at_work(
    step: Step, *, begins: bool = True, ends: bool = True
) -> Iterator[tuple[Application, RunRecorder]]:
    """Hold the lock for a block that is a step, or the beginning, the end or another part of one."""
    with _terminal_errors():
        application = open_task_application()
        run = _resumed(application)
        with application.lock.hold(run.run_id, f"airflow {_dag_id()}"):
            run.step_resumed(step, anew=begins)
            try:
                yield application, run
            except BaseException as error:
                run.step_failed(error)
                raise
            if ends:
                run.step_done(step)


@contextmanager
def _terminal_errors() -> Iterator[None]:
    """Let Airflow try again what may pass, and nothing else; and wait where another run is at work."""
    try:
        yield
    except RunInProgressError as error:
        _LOG.info("%s", error)
        again_at = datetime.now(UTC) + _WHILE_ANOTHER_RUNS
        raise AirflowRescheduleException(again_at) from error  # type: ignore[no-untyped-call] # no types there
    except StreamVisionError as error:
        if isinstance(error, Transient):
            raise
        raise AirflowFailException(str(error)) from error


def _tell(run: RunRecorder, loaded: Sequence[LoadedBatch]) -> None:
    for batch in loaded:
        record_load(run, batch)
        if batch.is_new:
            rows, bad = batch.loaded_rows, batch.quarantined_rows
            _LOG.info("batch %s: %d rows loaded, %d quarantined", batch.batch.id, rows, bad)
        for outcome in batch.breaches:
            _LOG.warning("batch %s: %s", batch.batch.id, outcome.told)


def _tell_people(application: Application, run: RunRecorder, error: Exception | None) -> None:
    for delivery in application.tell_people(run, error):
        _LOG.log(logging.WARNING if delivery.state == "failed" else logging.INFO, "%s", delivery.line)


def _resumed(application: Application) -> RunRecorder:
    """Return what goes on writing down the run; begun anew where this machine knows nothing of it."""
    run = application.runs.resumed(_run_id())
    if run is None:
        run = application.runs.new(_run_id(), _dag_id(), _day_or_none())
        run.begin()
    return run


def _day_or_none() -> date | None:
    params = get_current_context()["params"]
    if "day" in params:
        return chosen_day()
    day = params.get("last") or params.get("first")
    return date.fromisoformat(day) if day else None


def _accepts_quarantined() -> bool:
    return bool(get_current_context()["params"].get("accept_quarantined"))


def _run_id() -> str:
    """Return a name of the run that is the same in each of its tasks."""
    context: Any = get_current_context()
    return f"{context['dag_run'].dag_id}-{context['dag_run'].run_id}"


def _dag_id() -> str:
    dag_run: Any = get_current_context()["dag_run"]
    return str(dag_run.dag_id)
