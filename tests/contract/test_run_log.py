"""What every log of runs does."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from streamvision.adapters.run_log.json_files import JsonRunLog
from streamvision.ports.run_log import RunLog, RunRecord, StepRecord, TableRows, last_run
from tests.fakes.run import InMemoryRunLog

NOW = datetime(2026, 3, 15, 1, 2, 3, 456789, tzinfo=UTC)
BEGUN = RunRecord(
    run_id="20260315T010203-7", command="run", day="2026-03-14", outcome="running", started_at=NOW
)
ENDED = replace(
    BEGUN,
    outcome="failed",
    ended_at=NOW + timedelta(seconds=1, microseconds=1),
    error='it said "no"',
    error_text='it said "no"\nand more: größe 😀',
    steps=(
        StepRecord("extract", NOW, NOW + timedelta(seconds=1), "done", 2, "it did not answer"),
        StepRecord("load", NOW + timedelta(seconds=1)),
    ),
    tables=(TableRows("2026-03-14", "users", 3, 2, 1, 99), TableRows("2026-03-14", "plans", 0)),
    test_warnings=3,
    log_bytes=2**40,
    notices=("message to 1 mailto sent: it failed",),
)

_WRITES_FOR_EVER = """
import sys
from dataclasses import replace
from pathlib import Path
from streamvision.adapters.run_log.json_files import JsonRunLog
from tests.contract.test_run_log import ENDED
log = JsonRunLog(Path(sys.argv[1]))
print("begun", flush=True)
while True:
    log.write(replace(ENDED, error="x" * 100_000))
"""


@pytest.fixture(params=["json files", "memory"])
def new_log(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[int], RunLog]:
    """Return what makes a log without a record that keeps so many."""
    if request.param == "memory":
        return InMemoryRunLog
    return lambda keep: JsonRunLog(tmp_path / "home" / "runs", keep)


@pytest.fixture
def log(new_log: Callable[[int], RunLog]) -> RunLog:
    """Return a log without a record."""
    return new_log(100)


def of(number: int) -> RunRecord:
    """Return one of several runs, each a day after the one before."""
    return replace(BEGUN, run_id=f"r-{number}", started_at=NOW + timedelta(days=number))


def test_before_the_first_run_nothing_is_remembered(log: RunLog) -> None:
    """There was none."""
    assert last_run(log) is None
    assert list(log.recent(10)) == []
    assert log.find("r-1") is None


def test_a_record_comes_back_as_it_was(log: RunLog) -> None:
    """A run that has not ended has no end."""
    log.write(BEGUN)
    assert last_run(log) == BEGUN
    assert BEGUN.seconds is None


def test_the_record_of_a_run_replaces_the_one_before(log: RunLog) -> None:
    """Every field of it, to the microsecond, and there is one of each run."""
    log.write(BEGUN)
    log.write(ENDED)
    assert list(log.recent(10)) == [ENDED]
    assert ENDED.steps[0].seconds == 1.0


def test_runs_are_kept_the_newest_first(log: RunLog) -> None:
    """In whatever order they were written, and as many as are asked for."""
    for number in (2, 1, 3):
        log.write(of(number))
    assert list(log.recent(2)) == [of(3), of(2)]
    assert list(log.recent(9)) == [of(3), of(2), of(1)]


@pytest.mark.parametrize(
    "run_id", ["20260315T010203-7", "scheduled__2026-03-15T00:00:00+00:00", "a/../_b%", "_7"]
)
def test_a_run_is_found_by_its_id(log: RunLog, run_id: str) -> None:
    """Whatever scheduler gave it; one that ends alike is another."""
    wanted = replace(of(1), run_id=run_id)
    log.write(replace(of(2), run_id=f"x_{run_id}"))
    log.write(wanted)
    assert log.find(run_id) == wanted
    assert log.find("7") is None


def test_the_oldest_runs_are_forgotten(new_log: Callable[[int], RunLog]) -> None:
    """There are never more than are kept."""
    log = new_log(3)
    for number in range(6):
        log.write(of(number))
    assert [each.run_id for each in log.recent(99)] == ["r-5", "r-4", "r-3"]
    assert log.find("r-2") is None


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"{}", b"null", b"3", b'"text"', b"\xff", b'{"ended_at": null, "x": 1}']
)
def test_a_damaged_file_is_no_record(tmp_path: Path, content: bytes) -> None:
    """What is remembered is a convenience; the others are shown, and the next record mends it."""
    log = JsonRunLog(tmp_path)
    log.write(of(1))
    log.write(of(2))
    newest = max(tmp_path.iterdir())
    newest.write_bytes(content)
    assert list(log.recent(9)) == [of(1)]
    assert log.find("r-2") is None
    log.write(of(2))
    assert list(log.recent(9)) == [of(2), of(1)]
    assert len(list(tmp_path.iterdir())) == 2


def test_a_kill_while_a_record_is_written_leaves_the_one_before(tmp_path: Path) -> None:
    """Whole, and what the killed process left is gone with the runs of its time."""
    log = JsonRunLog(tmp_path, keep=2)
    log.write(replace(ENDED, error="x" * 100_000))
    for _ in range(5):
        with subprocess.Popen(  # noqa: S603 - our own code, no shell
            [sys.executable, "-c", _WRITES_FOR_EVER, str(tmp_path)],
            cwd=Path(__file__).parents[2],
            stdout=subprocess.PIPE,
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"begun\n"
            os.kill(process.pid, signal.SIGKILL)
        last = last_run(log)
        assert last is not None
        assert last.error == "x" * 100_000
    log.write(of(1))
    log.write(of(2))
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".json", ".json"]


def test_runs_of_long_ago_are_forgotten(log: RunLog) -> None:
    """Those that began at the moment or after it stay."""
    runs = [
        replace(BEGUN, run_id=f"r-{days}", started_at=NOW - timedelta(days=days)) for days in (0, 30, 31, 400)
    ]
    for run in runs:
        log.write(run)
    assert log.forget_before(NOW - timedelta(days=30)) == 2
    assert log.recent(9) == runs[:2]
    assert log.forget_before(NOW - timedelta(days=30)) == 0


def test_a_record_of_an_earlier_version_can_be_read(tmp_path: Path) -> None:
    """It knew of no bytes."""
    log = JsonRunLog(tmp_path)
    log.write(ENDED)
    (path,) = tmp_path.iterdir()
    path.write_text(path.read_text(encoding="utf-8").replace(', "extracted_bytes": 99', ""), encoding="utf-8")
    record = log.find(ENDED.run_id)
    assert record is not None
    assert record.tables[0] == TableRows("2026-03-14", "users", 3, 2, 1)
