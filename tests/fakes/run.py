"""Fakes of what surrounds a run: clock, lock, log, and the transformer."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

from streamvision.domain.errors import RunInProgressError
from streamvision.pipeline.record.recorder import RunBook, RunRecorder
from streamvision.ports.run_log import RunLog, RunRecord
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
    """Keep the newest records."""

    def __init__(self, keep: int = 500) -> None:
        """Begin without a record."""
        self._records: dict[str, RunRecord] = {}
        self._keep = keep

    def write(self, record: RunRecord) -> None:
        """Keep a record; it takes the place of that of the same run."""
        self._records[record.run_id] = record
        self._records = {each.run_id: each for each in self.recent(self._keep)}

    def recent(self, limit: int) -> Sequence[RunRecord]:
        """Return the newest runs, the newest first."""
        return sorted(self._records.values(), key=lambda each: each.started_at, reverse=True)[:limit]

    def find(self, run_id: str) -> RunRecord | None:
        """Return the run of an id; None where there is none."""
        return self._records.get(run_id)


def recorder(log: RunLog | None = None, clock: SteppingClock | None = None) -> RunRecorder:
    """Return what writes down a run of 2026-03-14 that has begun, in which no secret is known but hunter2."""
    clock = clock or SteppingClock()
    book = RunBook(log or InMemoryRunLog(), clock.now, lambda text: text.replace("hunter2", "***"))
    return book.new("r-1", "run", date(2026, 3, 14))


class CannedTransformer:
    """Build nothing and say what it was told to say.

    Attributes:
        builds: how often it was asked to build.
        models: what stands for their text.

    """

    def __init__(self, outcome: BuildSummary | Exception) -> None:
        """Take the summary to return, or the error to raise."""
        self._outcome = outcome
        self.builds = 0
        self.models = "the models"

    def digest(self) -> str:
        """Return what a test says that the models are."""
        return self.models

    def build(self, place: BuildPlace, run_id: str) -> BuildSummary:  # noqa: ARG002 - the port's
        """Return the summary, or raise the error."""
        self.builds += 1
        if isinstance(self._outcome, Exception):
            raise self._outcome
        return self._outcome
