"""Runs, accounts and monitors, as small as a test of watching needs them."""

from datetime import UTC, date, datetime, timedelta

from streamvision.domain.changes import Mode
from streamvision.domain.errors import MonitoringError
from streamvision.ports.monitor import EndOfRun
from streamvision.ports.run_log import RunOutcome, RunRecord, StepRecord, TableRows
from streamvision.ports.warehouse import TableAccount

NOW = datetime(2026, 3, 15, 6, 0, tzinfo=UTC)
DAY = date(2026, 3, 14)
"""A Saturday."""


def account(  # what a test says of a table's batch
    day: date = DAY,
    table: str = "plays",
    rows: int = 1000,
    *,
    quarantined: int = 0,
    mode: Mode = "changes",
) -> TableAccount:
    """Return the account of a table of the batch of a day, taken as that day ended."""
    at = datetime(day.year, day.month, day.day, 23, 0, tzinfo=UTC)
    return TableAccount(
        day.isoformat(),
        table,
        rows,
        rows - quarantined,
        quarantined,
        rows * 8,
        "sha",
        "source",
        at,
        at,
        "r",
        mode,
    )


def run(
    run_id: str = "r-1",
    outcome: RunOutcome = "done",
    ended: datetime = NOW,
    steps: tuple[str, ...] = ("extract", "load", "transform", "publish"),
) -> RunRecord:
    """Return a run that took a minute a step; where it failed, the last of its steps did."""
    began = ended - timedelta(minutes=len(steps))
    records = tuple(
        StepRecord(
            name,
            began + timedelta(minutes=number),
            began + timedelta(minutes=number + 1),
            "failed" if outcome == "failed" and number == len(steps) - 1 else "done",
        )
        for number, name in enumerate(steps)
    )
    return RunRecord(
        run_id,
        "run",
        DAY.isoformat(),
        outcome,
        began,
        ended,
        error="it broke" if outcome == "failed" else "",
        steps=records,
        tables=(TableRows(DAY.isoformat(), "plays", 1000, 990, 10, 8000),),
    )


class RememberingMonitor:
    """Remember what it was told.

    Attributes:
        heard: what was told, in its order.
        ends: what was told at the end of runs.

    """

    wants_samples = True

    def __init__(self, name: str = "metrics", broken: Exception | None = None) -> None:
        """Take what it raises each time, where it is broken."""
        self.name, self._broken = name, broken
        self.heard: list[str] = []
        self.ends: list[EndOfRun] = []

    def step_started(self, record: RunRecord) -> None:
        """Remember it."""
        self._hear(f"{record.steps[-1].name} started")

    def step_ended(self, record: RunRecord) -> None:
        """Remember it."""
        self._hear(f"{record.steps[-1].name} {record.steps[-1].outcome}")

    def run_ended(self, end: EndOfRun) -> None:
        """Remember it."""
        self.ends.append(end)
        self._hear(f"run {end.record.outcome}")

    def _hear(self, what: str) -> None:
        self.heard.append(what)
        if self._broken is not None:
            raise self._broken


def unreachable() -> MonitoringError:
    """Return what a monitor raises that cannot tell on."""
    return MonitoringError("hunter2 does not answer\nat all")
