"""What every log of runs does."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from streamvision.adapters.run_log.json_file import JsonRunLog
from streamvision.ports.run_log import RunLog, RunRecord
from tests.fakes.run import InMemoryRunLog

BEGUN = RunRecord(
    run_id="20260315T010203-7",
    command="run",
    day="2026-03-14",
    outcome="running",
    started_at=datetime(2026, 3, 15, 1, 2, 3, 456789, tzinfo=UTC),
)


@pytest.fixture(params=["json file", "memory"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> RunLog:
    """Return a log without a record."""
    return (
        JsonRunLog(tmp_path / "home" / "last_run.json") if request.param == "json file" else InMemoryRunLog()
    )


def test_before_the_first_run_nothing_is_remembered(log: RunLog) -> None:
    """There was none."""
    assert log.last() is None


def test_a_record_comes_back_as_it_was(log: RunLog) -> None:
    """A run that has not ended has no end."""
    log.write(BEGUN)
    assert log.last() == BEGUN


def test_the_last_record_replaces_the_one_before(log: RunLog) -> None:
    """Every field of it, to the microsecond."""
    ended = replace(
        BEGUN,
        outcome="failed",
        ended_at=datetime(2026, 3, 15, 1, 2, 4, 1, tzinfo=UTC),
        error='it said "no"\nand more: größe 😀',
    )
    log.write(BEGUN)
    log.write(ended)
    assert log.last() == ended


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"{}", b"null", b"3", b'"text"', b"\xff", b'{"ended_at": null, "x": 1}']
)
def test_a_damaged_file_is_no_record(tmp_path: Path, content: bytes) -> None:
    """What is remembered is a convenience; a run does not fail for it, and the next record mends it."""
    path = tmp_path / "last_run.json"
    path.write_bytes(content)
    log = JsonRunLog(path)
    assert log.last() is None
    log.write(BEGUN)
    assert log.last() == BEGUN
    assert [found.name for found in tmp_path.iterdir()] == ["last_run.json"]
