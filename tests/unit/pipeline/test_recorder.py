"""What is written down of a run while it works."""

from datetime import timedelta

import pytest

from streamvision.domain.errors import HomeError, RunInProgressError, SourceUnreachableError
from streamvision.domain.plan import DAILY, follow
from streamvision.ports.run_log import RunRecord, TableRows, last_run
from streamvision.ports.warehouse import TableAccount
from tests.fakes.building import LOADED_AT
from tests.fakes.run import InMemoryRunLog, SteppingClock, recorder

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
