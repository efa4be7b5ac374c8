"""What people see of a service that lives on, and how they end it."""

import io
import os
import signal
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, cast

import pytest
from rich.console import Console

from streamvision.entrypoints.cli import living, output
from streamvision.entrypoints.cli.living import ending, life_line, live_on
from streamvision.pipeline.simulate.live import Glimpse, Tempo, live
from streamvision.pipeline.simulate.note import read_note
from streamvision.pipeline.simulate.step import PRESETS, SimulationSpec, go_on, simulate
from tests.fakes.run import SteppingClock
from tests.support.memory_service import MemoryServiceDatabase

if TYPE_CHECKING:
    from streamvision.bootstrap import Application

MOMENT = datetime(2026, 3, 14, 20, 15, tzinfo=UTC)


def glimpse(second: int) -> Glimpse:
    """Return what is told after so many seconds of the clock, at a minute a second."""
    return Glimpse(
        MOMENT + timedelta(minutes=second), 1_200 + second, {"users": second, "ratings": 2 * second}
    )


def shown(monkeypatch: pytest.MonkeyPatch, *, terminal: bool) -> str:
    """Return what stands on the error stream after 25 seconds."""
    screen = io.StringIO()
    console = Console(file=screen, width=120, force_terminal=terminal, _environ={"TERM": "xterm"})
    monkeypatch.setattr(output, "NOTES", console)
    monkeypatch.setattr(living, "NOTES", console)
    clock = SteppingClock()
    with life_line(clock.now) as line:
        for second in range(1, 26):
            clock.pause(1.0)
            line.show(glimpse(second))
        line.finish(glimpse(25))
    return screen.getvalue()


def test_without_a_terminal_a_line_comes_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every ten seconds: the moment, who watches, the rows, and the rows a second since the line before."""
    assert shown(monkeypatch, terminal=False).splitlines() == [
        "  2026-03-14 20:25 UTC: 1,210 watch, 30 rows written, 3 rows/s",
        "  2026-03-14 20:35 UTC: 1,220 watch, 60 rows written, 3 rows/s",
        "  2026-03-14 20:40 UTC: 1,225 watch, 75 rows written; it can go on from here",
    ]


def test_on_a_terminal_the_last_line_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line that moves is gone in the end, and where the service has come to is told once."""
    text = shown(monkeypatch, terminal=True)
    assert "1,225 watch, 75 rows written, 3 rows/s" in text
    assert text.count("it can go on from here") == 1
    assert text.rstrip().endswith("it can go on from here")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_lets_what_is_at_work_come_to_an_end(number: signal.Signals) -> None:
    """It only asks; who sends another one does not want to wait. Afterwards signals are as they were."""
    before = signal.getsignal(number)
    with ending() as heard:
        heard.can_wait = True
        os.kill(os.getpid(), number)
        assert heard.is_asked_for()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
    assert signal.getsignal(number) is before


def test_a_signal_before_anything_is_at_work_ends_it_at_once() -> None:
    """As long as nothing is written there is nothing to bring to an end."""
    with ending(), pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGTERM)


class Signalled(SteppingClock):
    """Send this process a signal at a pause."""

    def __init__(self, now: datetime, at_pause: int) -> None:
        """Take the moment, and at which pause the signal comes."""
        super().__init__(now)
        self._at_pause = at_pause

    def pause(self, seconds: float) -> None:
        """Wait, in no time."""
        super().pause(seconds)
        if len(self.pauses) == self._at_pause:
            os.kill(os.getpid(), signal.SIGTERM)


class OneService:
    """Stand for the application, with a service in memory and a clock."""

    def __init__(self, database: MemoryServiceDatabase, clock: SteppingClock) -> None:
        """Take both."""
        self.database, self.clock = database, clock

    def simulate_live(
        self, tempo: Tempo, stops: Callable[[], bool], tell: Callable[[Glimpse], None]
    ) -> Glimpse:
        """Let the service live on."""
        return live(self.database, tempo, self.clock, stops, tell)


def test_a_service_that_is_told_to_end_can_go_on_from_there() -> None:
    """SIGTERM ends after the transaction at work; what was told last is where the database stands."""
    database = MemoryServiceDatabase()
    spec = SimulationSpec(PRESETS["small"], seed=1, until=date(2026, 9, 30))
    simulate(database, spec, lambda _table, _rows: None)
    clock = Signalled(datetime(2026, 12, 24, tzinfo=UTC), at_pause=3)
    application = cast("Application", OneService(database, clock))
    ended = live_on(application, Tempo(3_600.0, until=date(2026, 10, 2)))
    note = read_note(database.note())
    assert note is not None
    assert ended.moment == datetime(2026, 10, 1, 3, tzinfo=UTC)
    assert note.moment == ended.moment.timestamp() * 1_000_000
    assert go_on(database, date(2026, 10, 1), lambda _table, _rows: None)["viewing_sessions"] > 0
