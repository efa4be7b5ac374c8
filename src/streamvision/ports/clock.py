"""Time, asked for in one place."""

from datetime import date, datetime
from typing import Protocol


class Clock(Protocol):
    """Tell the time, and let it pass."""

    def now(self) -> datetime:
        """Return the present moment, UTC."""
        ...

    def pause(self, seconds: float) -> None:
        """Wait."""
        ...


def last_complete_day(now: datetime) -> date:
    """Return the last UTC day that is over."""
    return date.fromordinal(now.date().toordinal() - 1)
