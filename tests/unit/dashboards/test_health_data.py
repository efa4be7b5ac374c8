"""What the page on the health of the data reads, and when it does not."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from streamvision.bootstrap import open_application
from streamvision.ports.run_log import RunOutcome, RunRecord
from streamvision_web.health_data import read_health


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a home in which nothing has run."""
    monkeypatch.setenv("STREAMVISION_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _write_run(outcome: RunOutcome, started_at: datetime) -> None:
    open_application().run_log.write(RunRecord(f"run-{outcome}", "run", "2026-01-01", outcome, started_at))


def _break_the_warehouse(home: Path) -> None:
    path = Path(open_application().profile.warehouse.removeprefix("duckdb://"))
    assert path.is_relative_to(home)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"no database" * 1000)


def test_before_the_first_run_nothing_is_known_and_nothing_is_wrong(home: Path) -> None:
    """No batch, no failed test, no model."""
    health = read_health()
    assert (list(health.runs), health.newest_batch, health.age_seconds) == ([], [], None)
    assert (health.failed_tests, health.models, health.problem) == ([], [], "")
    assert list(home.glob("warehouse/*.duckdb")) == []


def test_while_a_run_is_at_work_its_files_are_left_alone(home: Path) -> None:
    """It could not open them while somebody looks."""
    _break_the_warehouse(home)
    _write_run("running", datetime.now(UTC))
    health = read_health()
    assert (health.accounts, health.quarantine, health.failed_tests, health.problem) == (None, None, None, "")


def test_a_run_that_was_killed_long_ago_hides_nothing(home: Path) -> None:
    """What cannot be read is told in the words of the error."""
    _break_the_warehouse(home)
    _write_run("running", datetime.now(UTC) - timedelta(days=2))
    health = read_health()
    assert health.accounts is None
    assert "warehouse" in health.problem.lower()
