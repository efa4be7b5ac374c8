"""Lets a simulated service live on until somebody ends it, and shows how it does."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from types import FrameType

from rich.status import Status
from rich.text import Text

from streamvision.bootstrap import Application
from streamvision.entrypoints.cli.output import NOTES, note
from streamvision.entrypoints.cli.progress import is_live
from streamvision.pipeline.simulate.live import Glimpse, Tempo

_SECONDS_A_LINE = 10.0
"""Where lines cannot be written over, one comes now and then."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def live_on(application: Application, tempo: Tempo) -> Glimpse:
    """Let the service in the source live on to its last day, or until the process is told to end."""
    pace = "" if tempo.viewers is None else f", {tempo.viewers:,} viewers at once"
    end = "until it is ended (Ctrl-C)" if tempo.until is None else f"to the end of {tempo.until}"
    note(f"simulate: live at {tempo.speed:g} x{pace}, {end}")
    with ending() as end_of, life_line(application.clock.now) as line:

        def tell(glimpse: Glimpse) -> None:
            end_of.can_wait = True
            line.show(glimpse)

        glimpse = application.simulate_live(tempo, end_of.is_asked_for, tell)
        line.finish(glimpse)
    return glimpse


class Ending:
    """Know whether somebody wants the process to end.

    Attributes:
        can_wait: whether there is something to bring to an end; without it the process ends at once.

    """

    def __init__(self) -> None:
        """Begin with nobody who wants it."""
        self.can_wait = self._asked = False

    def is_asked_for(self) -> bool:
        """Tell whether somebody wants it."""
        return self._asked

    def hear(self, _signal: int, _frame: FrameType | None) -> None:
        """Take a signal; who sends a second one does not want to wait."""
        if self._asked or not self.can_wait:
            raise KeyboardInterrupt
        self._asked = True


@contextmanager
def ending() -> Iterator[Ending]:
    """Hear Ctrl-C and SIGTERM for the length of a block."""
    heard = Ending()
    before = {number: signal.signal(number, heard.hear) for number in _SIGNALS}
    try:
        yield heard
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class LifeLine:
    """Tell of a moment, of who watches, and of rows a second; on a terminal in one line that moves."""

    def __init__(self, now: Callable[[], datetime], status: Status | None) -> None:
        """Take the clock, and the line where there is a terminal."""
        self._now, self._status = now, status
        self._told_at = now()
        self._told_rows = 0

    def show(self, glimpse: Glimpse) -> None:
        """Show how a service does."""
        passed = (self._now() - self._told_at).total_seconds()
        if self._status is None and passed < _SECONDS_A_LINE:
            return
        rows = sum(glimpse.rows.values())
        rate = (rows - self._told_rows) / passed if passed > 0 else 0.0
        line = f"{_summary(glimpse)}, {rate:,.0f} rows/s"
        self._told_at, self._told_rows = self._now(), rows
        if self._status is None:
            note(f"  {line}")
        else:
            self._status.update(Text(line))

    def finish(self, glimpse: Glimpse) -> None:
        """Tell where it has ended."""
        if self._status is not None:
            self._status.stop()
        note(f"  {_summary(glimpse)}; it can go on from here")


@contextmanager
def life_line(now: Callable[[], datetime]) -> Iterator[LifeLine]:
    """Lend a line for the length of a block."""
    if not is_live(NOTES):
        yield LifeLine(now, None)
        return
    with NOTES.status(Text("drawing the history anew")) as status:
        yield LifeLine(now, status)


def _summary(glimpse: Glimpse) -> str:
    rows = sum(glimpse.rows.values())
    return f"{glimpse.moment:%Y-%m-%d %H:%M} UTC: {glimpse.viewers:,} watch, {rows:,} rows written"
