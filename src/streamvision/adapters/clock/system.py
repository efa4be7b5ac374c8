"""The machine's own clock."""

import time
from datetime import UTC, datetime


class SystemClock:
    """Tell the machine's time."""

    def now(self) -> datetime:
        """Return the present moment, UTC."""
        return datetime.now(UTC)

    def pause(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)
