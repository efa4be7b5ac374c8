"""Monitors are told of runs, and nothing that goes wrong with them reaches a run."""

from collections.abc import Callable, Sequence
from datetime import date

from streamvision.domain.alert import AlertLimits
from streamvision.domain.errors import SourceUnreachableError
from streamvision.domain.plan import DAILY
from streamvision.pipeline.record.recorder import RunBook, RunRecorder
from streamvision.pipeline.watch.watcher import History, Watcher
from streamvision.ports.monitor import Monitor
from streamvision.ports.run_log import RunLog, last_run
from streamvision.ports.source import LogHealth
from streamvision.ports.warehouse import Warehouse
from tests.fakes.monitoring import RememberingMonitor, run, unreachable
from tests.fakes.run import InMemoryRunLog, SteppingClock
from tests.fakes.warehouse import InMemoryWarehouse

HEALTH = LogHealth("slot", is_kept=True, retained_bytes=77, lost_because="", hindrances=())


def broken() -> Warehouse:
    """Fail as a warehouse does that another process holds."""
    raise RuntimeError("hunter2")


def lost() -> LogHealth:
    """Fail as a source does that is away."""
    raise SourceUnreachableError("hunter2")


def watched(
    monitors: Sequence[Monitor] | Callable[[], Sequence[Monitor]],
    log: RunLog | None = None,
    warehouse: Callable[[], Warehouse] = InMemoryWarehouse,
    log_health: Callable[[], LogHealth] | None = lambda: HEALTH,
) -> RunRecorder:
    """Return what writes down a run that has begun, and is watched."""
    clock, log = SteppingClock(), log or InMemoryRunLog()
    history = History("production", AlertLimits(), clock.now, log, warehouse, log_health)
    make = monitors if callable(monitors) else lambda: monitors

    def hide(text: str) -> str:
        return text.replace("hunter2", "***")

    run = RunBook(log, clock.now, hide, Watcher(make, history, hide)).new("r-1", "run", date(2026, 3, 14))
    run.begin()
    return run


def test_monitors_hear_of_every_step_and_of_the_end() -> None:
    """With the record as it is then, and the metrics at the end."""
    monitor = RememberingMonitor()
    subject = watched([monitor])
    for step in DAILY.steps[:2]:
        subject.step_started(step)
        subject.step_done(step)
    subject.done()
    assert monitor.heard == ["extract started", "extract done", "load started", "load done", "run done"]
    (end,) = monitor.ends
    assert end.record.outcome == "done"
    values = {sample.name: sample.value for sample in end.samples}
    assert values["streamvision_last_run_failed"] == 0.0
    assert values["streamvision_source_log_retained_bytes"] == 77


def test_a_step_that_fails_is_heard_before_the_end() -> None:
    """And so is a failure between two steps."""
    monitor = RememberingMonitor()
    subject = watched([monitor])
    subject.step_started(DAILY.steps[0])
    subject.failed(SourceUnreachableError("away"))
    assert monitor.heard == ["extract started", "extract failed", "run failed"]
    between = RememberingMonitor()
    subject = watched([between])
    subject.step_started(DAILY.steps[0])
    subject.step_done(DAILY.steps[0])
    subject.failed(SourceUnreachableError("away"))
    assert between.heard[-2:] == ["extract done", "run failed"]


def test_one_that_cannot_tell_on_keeps_nothing_from_the_others() -> None:
    """It is said once, without secrets, kept with the run, and not tried again in this process."""
    log, well = InMemoryRunLog(), RememberingMonitor("traces")
    away, odd = (
        RememberingMonitor("lineage", unreachable()),
        RememberingMonitor("metrics", ValueError("hunter2")),
    )
    subject = watched([away, odd, well], log)
    for step in DAILY.steps[:2]:
        subject.step_started(step)
        subject.step_done(step)
    subject.done()
    assert (len(away.heard), len(odd.heard), len(well.heard)) == (1, 1, 5)
    record = last_run(log)
    assert record is not None
    assert record.outcome == "done"
    assert record.notices == (
        "lineage cannot be told on: *** does not answer",
        "metrics cannot be told on: ValueError",
    )


def test_what_cannot_be_asked_is_left_out() -> None:
    """A warehouse or a source that is away may be the very reason of the failure that is told."""
    monitor = RememberingMonitor()
    watched([monitor], warehouse=broken, log_health=lost).failed(SourceUnreachableError("away"))
    names = {sample.name for sample in monitor.ends[0].samples}
    assert "streamvision_batch_rows" not in names
    assert "streamvision_source_log_retained_bytes" not in names


def test_where_nobody_listens_nothing_is_asked() -> None:
    """The warehouse may be one that is paid for each question."""

    def never() -> Warehouse:
        raise AssertionError("it was asked")

    watched([], warehouse=never).done()


def test_a_run_that_was_not_let_in_is_not_told() -> None:
    """It did nothing, and another's figures would be gone."""
    monitor = RememberingMonitor()
    clock, log = SteppingClock(), InMemoryRunLog()
    history = History("production", AlertLimits(), clock.now, log, InMemoryWarehouse)
    watcher = Watcher(lambda: [monitor], history, str)
    RunBook(log, clock.now, str, watcher).new("r-1", "run", None).failed(SourceUnreachableError("away"))
    assert monitor.heard == []


def test_the_run_itself_counts_be_it_that_its_end_was_not_kept() -> None:
    """On a disk that is full."""
    log = InMemoryRunLog()
    log.write(run("r-1", "done"))
    history = History("production", AlertLimits(), SteppingClock().now, log, InMemoryWarehouse)
    (verdict, *_) = history.verdicts(run("r-1", "failed"))
    assert (verdict.rule, verdict.state) == ("last_run_failed", "firing")
    assert [each.run_id for each in history.figures(run("r-2")).runs] == ["r-2", "r-1"]


def test_monitors_that_cannot_be_made_do_not_fail_a_run() -> None:
    """It is said by the kind of the error."""

    def refuse() -> Sequence[Monitor]:
        raise ImportError("hunter2")

    log = InMemoryRunLog()
    subject = watched(refuse, log)
    subject.done()
    record = last_run(log)
    assert record is not None
    assert (record.outcome, record.notices) == ("done", ("monitors cannot be made: ImportError",))
