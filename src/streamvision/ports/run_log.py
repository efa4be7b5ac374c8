"""What is remembered of the last run."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol


@dataclass(frozen=True)
class RunRecord:
    """Tell how a run went. A run that was killed stays `running`.

    Attributes:
        day: the day whose batch it carried; empty where it had none.
        error: what stopped it; empty otherwise.

    """

    run_id: str
    command: str
    day: str
    outcome: Literal["running", "done", "failed"]
    started_at: datetime
    ended_at: datetime | None = None
    error: str = ""


class RunLog(Protocol):
    """Remember the last run."""

    def write(self, record: RunRecord) -> None:
        """Replace what is remembered.

        Raises:
            HomeError: when it cannot be written down.

        """
        ...

    def last(self) -> RunRecord | None:
        """Return the last run; None before the first."""
        ...
