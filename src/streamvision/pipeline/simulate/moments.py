"""When people are there: the hours of the day, the days of the week, the seasons."""

from dataclasses import dataclass

import numpy as np

from streamvision.domain.errors import WrongUseError
from streamvision.pipeline.simulate.columns import Floats, Ints
from streamvision.pipeline.simulate.countries import UTC_OFFSET
from streamvision.pipeline.simulate.people import People
from streamvision.pipeline.simulate.spec import SimulationSpec
from streamvision.pipeline.simulate.subscriptions import Spells
from streamvision.pipeline.simulate.timeline import DAY, HOUR, MINUTE, SECOND, whole_milliseconds

# By local hour, from midnight; by weekday, from Monday; by month, from January.
_HOURS = np.array(
    [30, 16, 9, 6, 5, 6, 10, 16, 20, 23, 26, 30, 36, 37, 35, 36, 42, 53, 70, 92, 108, 106, 86, 54]
)
_WEEKDAYS = np.array([0.92, 0.90, 0.92, 0.95, 1.12, 1.32, 1.26])
_MONTHS = np.array([1.10, 1.05, 1.00, 0.96, 0.92, 0.88, 0.90, 0.93, 0.97, 1.02, 1.08, 1.20])
_THURSDAY = 3  # 1970-01-01
_WIDEST_OFFSET = 15 * HOUR
_LAST_START = 5 * SECOND
_SHORTEST_SPELL = MINUTE


@dataclass(frozen=True)
class Moments:
    """Keep drawn instants, in the order of time, with the spell of subscription each fell in."""

    spell: Ints
    at: Ints


def draw_moments(
    spec: SimulationSpec, people: People, spells: Spells, rng: np.random.Generator, count: int
) -> Moments:
    """Draw instants of the viewing window at which a subscriber is there.

    The chance of a spell is its user's activity times the busy hours it holds, in the user's local time;
    one number per instant chooses both the spell and the moment within it.

    Raises:
        WrongUseError: when nobody is subscribed in the window.

    """
    edges, busyness = _busy_hours(spec)
    offset = UTC_OFFSET[people.country[spells.user]]
    start = np.maximum(spells.start, spec.viewing_start)
    last = np.minimum(spells.end, spec.end) - _LAST_START
    reachable = last - start >= _SHORTEST_SPELL
    low = np.interp(start + offset, edges, busyness)
    high = np.interp(last + offset, edges, busyness)
    activity = people.activity[spells.user]
    totals = np.cumsum(np.where(reachable, (high - low) * activity, 0.0))
    if not totals.size or totals[-1] <= 0:
        raise WrongUseError(
            "Nobody is subscribed in the days of viewing",
            safe="nothing was written",
            next_command="ask for more users or more days",
        )
    drawn = rng.random(count) * totals[-1]
    spell = np.searchsorted(totals, drawn, side="right").astype(np.int64)
    spell = np.minimum(spell, np.flatnonzero(reachable)[-1])
    before = np.concatenate([[0.0], totals])[spell]
    busy = low[spell] + (drawn - before) / activity[spell]
    at = whole_milliseconds(np.interp(busy, busyness, edges) - offset[spell])
    at = np.clip(at, start[spell], last[spell])
    order = np.lexsort((spell, at))
    return Moments(spell[order], at[order])


def _busy_hours(spec: SimulationSpec) -> tuple[Floats, Floats]:
    """Return the edges of all local hours of the window and the busyness summed up to each."""
    first = (spec.viewing_start - _WIDEST_OFFSET) // HOUR
    last = (spec.end + _WIDEST_OFFSET) // HOUR
    hour = np.arange(first, last)
    day = hour * HOUR // DAY
    month = day.astype("M8[D]").astype("M8[M]").astype(np.int64) % len(_MONTHS)
    weight = _HOURS[hour % len(_HOURS)] * _WEEKDAYS[(day + _THURSDAY) % len(_WEEKDAYS)] * _MONTHS[month]
    edges = np.arange(first, last + 1).astype(np.float64) * HOUR
    return edges, np.concatenate([[0.0], np.cumsum(weight)])
