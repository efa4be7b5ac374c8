"""What is written down of a run while it works."""

from datetime import timedelta

import pytest

from streamvision.domain.errors import HomeError, LakeError, RunInProgressError, SourceUnreachableError
from streamvision.domain.plan import DAILY, follow
from streamvision.pipeline.record.recorder import RunBook, RunRecorder
from streamvision.ports.run_log import RunRecord, TableRows, last_run
from streamvision.ports.warehouse import TableAccount
from tests.fakes.building import LOADED_AT
from tests.fakes.run import InMemoryRunLog, SteppingClock, recorder

EXTRACT, LOAD, _, PUBLISH = DAILY.steps
ACCOUNT = TableAccount("2026-03-14", "people", 5, 4, 1, 99, "sha", "source", LOADED_AT, LOADED_AT, "r-1")


class FullDisk(InMemoryRunLog):
    """Take the first record and no other."""

    def write(self, record: RunRecord) -> None:
        """Refuse what is not the first."""
        if self.recent(1):
            raise HomeError("The disk is full")
        super().write(record)


def test_steps_are_written_down_with_their_attempts_and_how_long_they_took() -> None:
    """At each moment the log shows how far the run has come: a kill leaves that."""
    log, clock = InMemoryRunLog(), SteppingClock()
    run = recorder(log, clock)
    run.begin()
    tries = iter([SourceUnreachableError("hunter2 did not answer"), None])
    seen: list[list[str]] = []

    def act() -> None:
        clock.pause(3)
        record = last_run(log)
        assert record is not None
        seen.append([f"{step.name} {step.outcome}" for step in record.steps])
        if error := next(tries, None):
            raise error

    follow(DAILY, dict.fromkeys(("extract", "load", "transform", "publish"), act), clock.pause, run)
    run.done()
    record = last_run(log)
    assert record is not None
    assert seen[0] == seen[1] == ["extract running"]
    assert seen[2] == ["extract done", "load running"]
    assert [(step.name, step.outcome, step.attempts, step.seconds) for step in record.steps] == [
        ("extract", "done", 2, 8.0),
        ("load", "done", 1, 3.0),
        ("transform", "done", 1, 3.0),
        ("publish", "done", 1, 3.0),
    ]
    assert record.steps[0].retried_because == "*** did not answer"
    assert (record.outcome, record.seconds, record.error) == ("done", 17.0, "")


def test_a_failure_is_written_down_whole_and_without_secrets() -> None:
    """The step that it stopped failed too."""
    log, clock = InMemoryRunLog(), SteppingClock()
    run = recorder(log, clock)
    run.begin()
    run.step_started(DAILY.steps[0])
    clock.pause(5)
    run.failed(SourceUnreachableError("hunter2 is wrong\n  - at once", safe="all", next_command="again"))
    record = last_run(log)
    assert record is not None
    assert (record.outcome, record.error) == ("failed", "*** is wrong")
    assert record.error_text == "*** is wrong\n  - at once\nsafe:  all\nnext:  again"
    assert [(step.outcome, step.seconds) for step in record.steps] == [("failed", 5.0)]
    assert record.ended_at == record.started_at + timedelta(seconds=5)


def test_what_never_began_is_not_remembered() -> None:
    """Another run was at work, and its record stays the newest."""
    log = InMemoryRunLog()
    run = recorder(log)
    run.failed(RunInProgressError("Another run is at work"))
    run.told(["somebody"])
    assert last_run(log) is None
    run.resume()
    run.told(["somebody else"])
    assert last_run(log) == run.record


def test_an_error_without_words_is_called_by_its_kind() -> None:
    """Such as Ctrl-C."""
    run = recorder()
    run.failed(KeyboardInterrupt())
    assert (run.record.error, run.record.error_text) == ("KeyboardInterrupt", "KeyboardInterrupt")


def test_rows_are_counted_by_batch_and_table() -> None:
    """The load knows more of a table than the extraction, and takes its place."""
    run = recorder()
    run.built(2)
    run.extracted("2026-03-14", [("people", 5), ("plans", 2)], {"plans": 22})
    run.loaded([ACCOUNT])
    assert run.record.tables == (
        TableRows("2026-03-14", "plans", 2, extracted_bytes=22),
        TableRows("2026-03-14", "people", 5, 4, 1, 99),
    )
    run.told(["somebody"], 99)
    assert (run.record.test_warnings, run.record.log_bytes, run.record.notices) == (2, 99, ("somebody",))


def test_a_full_disk_stops_the_first_record_and_the_last_alone() -> None:
    """What is in between is a convenience."""
    log = FullDisk()
    run = recorder(log)
    run.begin()
    run.step_started(DAILY.steps[0])
    run.step_done(DAILY.steps[0])
    run.failed(ValueError("it broke"))
    run.told(["nobody"])
    assert run.record.error == "it broke"
    with pytest.raises(HomeError):
        run.done()


def _resumed(log: InMemoryRunLog, clock: SteppingClock) -> RunRecorder:
    """Return what goes on with the run in another process."""
    run = RunBook(log, clock.now, str).resumed("r-1")
    assert run is not None
    return run


def test_a_step_whose_process_was_killed_is_tried_again_by_another() -> None:
    """The other one knows only the record: the step keeps its beginning, and counts two tries."""
    log, clock = InMemoryRunLog(), SteppingClock()
    run = recorder(log, clock)
    run.begin()
    run.step_resumed(LOAD, anew=True)
    clock.pause(60)
    again = _resumed(log, clock)
    again.step_resumed(LOAD, anew=True)
    again.step_done(LOAD)
    (step,) = again.record.steps
    assert (step.attempts, step.outcome, step.seconds) == (2, "done", 60)


def test_a_step_that_fails_keeps_what_stopped_it_until_it_is_tried_again() -> None:
    """The run is not at an end by that; the next try knows why there is one."""
    log, clock = InMemoryRunLog(), SteppingClock()
    run = recorder(log, clock)
    run.begin()
    run.step_resumed(LOAD, anew=True)
    run.step_failed(LakeError("the lake does not answer hunter2"))
    kept = log.find("r-1")
    assert kept is not None
    assert (kept.outcome, kept.error, kept.steps[0].outcome) == (
        "running",
        "the lake does not answer ***",
        "failed",
    )
    again = _resumed(log, clock)
    again.step_resumed(LOAD, anew=True)
    assert (again.record.error, again.record.steps[0].attempts) == ("", 2)
    assert again.record.steps[0].retried_because == "the lake does not answer ***"


def test_parts_of_a_step_are_one_step() -> None:
    """However many processes do them, it is tried once, from the first begin to the last end."""
    log, clock = InMemoryRunLog(), SteppingClock()
    run = recorder(log, clock)
    run.begin()
    run.step_resumed(LOAD, anew=True)
    for _ in range(2):
        clock.pause(10)
        run = _resumed(log, clock)
        run.step_resumed(LOAD, anew=False)
    run.step_done(LOAD)
    (step,) = run.record.steps
    assert (step.attempts, step.seconds, step.outcome) == (1, 20, "done")


def test_a_step_that_is_done_again_undoes_those_after_it() -> None:
    """A run that is repeated from its middle is not done because it was done once."""
    log, clock = InMemoryRunLog(), SteppingClock()
    run = recorder(log, clock)
    run.begin()
    for step in (EXTRACT, LOAD, PUBLISH):
        run.step_resumed(step, anew=True)
        run.step_done(step)
    run.done()
    again = _resumed(log, clock)
    again.step_resumed(LOAD, anew=True)
    assert [(step.name, step.outcome) for step in again.record.steps] == [
        ("extract", "done"),
        ("load", "running"),
    ]
    assert (again.record.outcome, again.record.ended_at) == ("running", None)
