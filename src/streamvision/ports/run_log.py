"""What is remembered of runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

RunOutcome = Literal["running", "done", "failed"]


@dataclass(frozen=True)
class StepRecord:
    """Tell how one step of a run went.

    Attributes:
        attempts: how often it was tried.
        retried_because: what the tries before the last one ended with; empty where there was one.

    """

    name: str
    started_at: datetime
    ended_at: datetime | None = None
    outcome: RunOutcome = "running"
    attempts: int = 1
    retried_because: str = ""

    @property
    def seconds(self) -> float | None:
        """Return how long it took; None before it has ended."""
        return (self.ended_at - self.started_at).total_seconds() if self.ended_at else None


@dataclass(frozen=True)
class TableRows:
    """Count the rows that a run carried of one table of one batch; None where it did not do that step.

    Attributes:
        extracted_bytes: the size of the table's files in the lake.

    """

    batch_id: str
    table: str
    extracted_rows: int | None = None
    loaded_rows: int | None = None
    quarantined_rows: int | None = None
    extracted_bytes: int | None = None


@dataclass(frozen=True)
class RunRecord:
    """Tell how a run went. A run that was killed stays `running`.

    Attributes:
        day: the day whose batch it carried; empty where it had none.
        error: what stopped it, in one line; empty otherwise.
        error_text: all that was told of what stopped it: where, what is safe, and the next command.
        steps: those that it began, in their order.
        tables: what it carried; nothing where the lake and the warehouse had it all.
        test_warnings: how many tests of the data warned.
        log_bytes: how much of its log the source kept for the lake afterwards; None where it was not asked.
        notices: what people were told of it, and what could not be told.

    """

    run_id: str
    command: str
    day: str
    outcome: RunOutcome
    started_at: datetime
    ended_at: datetime | None = None
    error: str = ""
    error_text: str = ""
    steps: tuple[StepRecord, ...] = ()
    tables: tuple[TableRows, ...] = ()
    test_warnings: int = 0
    log_bytes: int | None = None
    notices: tuple[str, ...] = ()

    @property
    def seconds(self) -> float | None:
        """Return how long it took; None before it has ended."""
        return (self.ended_at - self.started_at).total_seconds() if self.ended_at else None


class RunLog(Protocol):
    """Remember the newest runs, as many as there is room for."""

    def write(self, record: RunRecord) -> None:
        """Keep a record; it takes the place of that of the same run.

        Raises:
            HomeError: when it cannot be written down.

        """
        ...

    def recent(self, limit: int) -> Sequence[RunRecord]:
        """Return the newest runs, the newest first; a record that is damaged is passed over."""
        ...

    def find(self, run_id: str) -> RunRecord | None:
        """Return the run of an id; None where there is none."""
        ...

    def forget_before(self, moment: datetime) -> int:
        """Remove the runs that began before a moment; return how many there were.

        Raises:
            HomeError: when they cannot be removed.

        """
        ...


def last_run(log: RunLog) -> RunRecord | None:
    """Return the newest run; None before the first."""
    return next(iter(log.recent(1)), None)
