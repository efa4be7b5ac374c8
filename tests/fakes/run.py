"""Fakes of what surrounds a run: clock, lock, log, and the transformer."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from streamvision.domain.errors import RunInProgressError
from streamvision.ports.run_log import RunRecord
from streamvision.ports.transformer import BuildPlace, BuildSummary


class SteppingClock:
    """Stand still until somebody waits.

    Attributes:
        pauses: the seconds of each wait.

    """

    def __init__(self, now: datetime = datetime(2026, 3, 15, 6, 0, tzinfo=UTC)) -> None:
        """Take the moment at which it stands."""
        self._now = now
        self.pauses: list[float] = []

    def now(self) -> datetime:
        """Return the present moment, UTC."""
        return self._now

    def pause(self, seconds: float) -> None:
        """Wait, in no time."""
        self.pauses.append(seconds)
        self._now += timedelta(seconds=seconds)


class InMemoryRunLock:
    """Let one holder at a time in."""

    def __init__(self) -> None:
        """Begin free."""
        self._holder: str | None = None

    @contextmanager
    def hold(self, run_id: str, command: str) -> Iterator[None]:
        """Hold the lock for a block."""
        if self._holder is not None:
            raise RunInProgressError(f"Another run is at work: {self._holder}")
        self._holder = f"`streamvision {command}`, run {run_id}"
        try:
            yield
        finally:
            self._holder = None

    def check(self) -> None:
        """Do nothing: nobody takes it away."""


class InMemoryRunLog:
    """Keep the last record."""

    def __init__(self) -> None:
        """Begin without a record."""
        self._last: RunRecord | None = None

    def write(self, record: RunRecord) -> None:
        """Replace what is remembered."""
        self._last = record

    def last(self) -> RunRecord | None:
        """Return the last run; None before the first."""
        return self._last


class CannedTransformer:
    """Build nothing and say what it was told to say.

    Attributes:
        builds: how often it was asked to build.

    """

    def __init__(self, outcome: BuildSummary | Exception) -> None:
        """Take the summary to return, or the error to raise."""
        self._outcome = outcome
        self.builds = 0

    def build(self, place: BuildPlace, run_id: str) -> BuildSummary:  # noqa: ARG002 - the port's
        """Return the summary, or raise the error."""
        self.builds += 1
        if isinstance(self._outcome, Exception):
            raise self._outcome
        return self._outcome
