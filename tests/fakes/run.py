"""Fakes of what surrounds a run: clock, lock, log, and the transformer."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

from streamvision.domain.errors import DataQualityError, RunInProgressError
from streamvision.pipeline.record.recorder import RunBook, RunRecorder
from streamvision.ports.run_log import RunLog, RunRecord
from streamvision.ports.transformer import BuildPlace, BuildSummary, Part


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

    def forget_before(self, moment: datetime) -> int:
        """Remove the runs that began before a moment."""
        old = [run_id for run_id, record in self._records.items() if record.started_at < moment]
        for run_id in old:
            del self._records[run_id]
        return len(old)

    def find(self, run_id: str) -> RunRecord | None:
        """Return the run of an id; None where there is none."""
        return self._records.get(run_id)


def recorder(log: RunLog | None = None, clock: SteppingClock | None = None) -> RunRecorder:
    """Return what writes down a run of 2026-03-14 that has begun, in which no secret is known but hunter2."""
    clock = clock or SteppingClock()
    book = RunBook(log or InMemoryRunLog(), clock.now, lambda text: text.replace("hunter2", "***"))
    return book.new("r-1", "run", date(2026, 3, 14))


class PartTransformer:
    """Build parts by writing down their names.

    Attributes:
        built: the names, in the order in which they were built.
        failing: the names of parts whose tests fail; `across` for the tests of several.
        tested_across: how often those were done.

    """

    def __init__(self, needs: Mapping[str, Sequence[str]]) -> None:
        """Take the parts, in an order in which they can be built, each with what it needs."""
        self._parts = [Part(name, "core", frozenset(needed)) for name, needed in needs.items()]
        self.built: list[str] = []
        self.failing: set[str] = set()
        self.tested_across = 0

    def digest(self) -> str:
        """Return what is always the same."""
        return "the parts"

    def build(self, place: BuildPlace, run_id: str) -> BuildSummary:
        """Build all parts."""
        return self.build_parts(place, run_id, [part.name for part in self._parts])

    def parts(self, place: BuildPlace) -> Sequence[Part]:  # noqa: ARG002 - the port's
        """Return all parts."""
        return self._parts

    def describe(self, place: BuildPlace) -> bytes:  # noqa: ARG002 - the port's
        """Return nothing that could be read."""
        return b""

    def build_parts(self, place: BuildPlace, run_id: str, names: Sequence[str]) -> BuildSummary:  # noqa: ARG002 - the port's
        """Write the names down; fail where one of them is to."""
        if self.failing & set(names):
            raise DataQualityError("a test failed")
        self.built.extend(names)
        return BuildSummary(len(names), len(names), 0)

    def test_across(self, place: BuildPlace, run_id: str) -> BuildSummary:  # noqa: ARG002 - the port's
        """Count that it was done."""
        self.tested_across += 1
        if "across" in self.failing:
            raise DataQualityError("a test failed")
        return BuildSummary(0, 1, 0)


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

    def parts(self, place: BuildPlace) -> Sequence[Part]:  # noqa: ARG002 - the port's
        """Return none."""
        return ()

    def describe(self, place: BuildPlace) -> bytes:  # noqa: ARG002 - the port's
        """Return nothing that could be read."""
        return b""

    def build_parts(self, place: BuildPlace, run_id: str, names: Sequence[str]) -> BuildSummary:  # noqa: ARG002 - the port's
        """Do as for all of them."""
        return self.build(place, run_id)

    def test_across(self, place: BuildPlace, run_id: str) -> BuildSummary:
        """Do as for all of them."""
        return self.build(place, run_id)
