"""When people are there: the hours of the day, the days of the week, the seasons."""

from dataclasses import dataclass

import numpy as np

from streamvision.pipeline.simulate.columns import Floats, Ints
from streamvision.pipeline.simulate.countries import HABIT_OFFSET
from streamvision.pipeline.simulate.people import People
from streamvision.pipeline.simulate.subscriptions import Spells
from streamvision.pipeline.simulate.timeline import DAY, HOUR, MINUTE, SECOND, Window, whole_milliseconds

# By local hour, from midnight; by weekday, from Monday; by month, from January.
HOURS = np.array(
    [30, 16, 9, 6, 5, 6, 10, 16, 20, 23, 26, 30, 36, 37, 35, 36, 42, 53, 70, 92, 108, 106, 86, 54]
)
WEEKDAYS = np.array([0.92, 0.90, 0.92, 0.95, 1.12, 1.32, 1.26])
MONTHS = np.array([1.10, 1.05, 1.00, 0.96, 0.92, 0.88, 0.90, 0.93, 0.97, 1.02, 1.08, 1.20])
_THURSDAY = 3  # 1970-01-01
_WIDEST_OFFSET = 16 * HOUR
_LAST_START = 5 * SECOND
_SHORTEST_SPELL = MINUTE


@dataclass(frozen=True)
class Moments:
    """Keep drawn instants, in the order of time, with the spell of subscription each fell in."""

    spell: Ints
    at: Ints


class Presence:
    """Tell how much subscribers are there in a window, and draw instants at which they are.

    The chance of a spell is its user's activity times the busy hours it holds, in the user's local time;
    one number per instant chooses both the spell and the moment within it.

    Attributes:
        amounts: how much each spell is there.
        total: how much they are there, all together.

    """

    def __init__(self, window: Window, people: People, spells: Spells) -> None:
        """Take the window, and who holds which subscription."""
        self._edges, self._busyness = _busy_hours(window)
        self._offset = HABIT_OFFSET[people.country[spells.user]]
        self._start = np.maximum(spells.start, window.start)
        self._last = np.minimum(spells.end, window.end) - _LAST_START
        self._reachable = self._last - self._start >= _SHORTEST_SPELL
        self._low = np.interp(self._start + self._offset, self._edges, self._busyness)
        high = np.interp(self._last + self._offset, self._edges, self._busyness)
        self._activity = people.activity[spells.user]
        self.amounts = np.where(self._reachable, (high - self._low) * self._activity, 0.0)
        self._totals = np.cumsum(self.amounts)
        self.total = float(self._totals[-1]) if self._totals.size else 0.0

    def draw(self, rng: np.random.Generator, count: int) -> Moments:
        """Draw instants; there must be somebody, unless none are wanted."""
        if not count:
            nothing = np.empty(0, dtype=np.int64)
            return Moments(nothing, nothing)
        drawn = rng.random(count) * self.total
        spell = np.searchsorted(self._totals, drawn, side="right").astype(np.int64)
        spell = np.minimum(spell, np.flatnonzero(self._reachable)[-1])
        before = np.concatenate([[0.0], self._totals])[spell]
        busy = self._low[spell] + (drawn - before) / self._activity[spell]
        at = whole_milliseconds(np.interp(busy, self._busyness, self._edges) - self._offset[spell])
        at = np.clip(at, self._start[spell], self._last[spell])
        order = np.lexsort((spell, at))
        return Moments(spell[order], at[order])


def _busy_hours(window: Window) -> tuple[Floats, Floats]:
    """Return the edges of all local hours of the window and the busyness summed up to each."""
    first = (window.start - _WIDEST_OFFSET) // HOUR
    last = (window.end + _WIDEST_OFFSET) // HOUR
    hour = np.arange(first, last)
    day = hour * HOUR // DAY
    month = day.astype("M8[D]").astype("M8[M]").astype(np.int64) % len(MONTHS)
    weight = HOURS[hour % len(HOURS)] * WEEKDAYS[(day + _THURSDAY) % len(WEEKDAYS)] * MONTHS[month]
    edges = np.arange(first, last + 1).astype(np.float64) * HOUR
    return edges, np.concatenate([[0.0], np.cumsum(weight)])
