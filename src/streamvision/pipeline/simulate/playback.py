"""How plays run: start-up, resolution, bitrate, buffering, errors, and the days on which a country fails."""

from dataclasses import dataclass

import numpy as np

from streamvision.pipeline.simulate import countries
from streamvision.pipeline.simulate.behaviour import Behaviour
from streamvision.pipeline.simulate.chance import Chance, choose, happens, heavy_tail
from streamvision.pipeline.simulate.columns import Bools, Floats, Ints
from streamvision.pipeline.simulate.people import DEVICES, MOBILE
from streamvision.pipeline.simulate.plans import RESOLUTIONS
from streamvision.pipeline.simulate.timeline import Window

ERROR_CODES = (
    "DRM_LICENSE_DENIED",
    "MANIFEST_TIMEOUT",
    "NETWORK_UNREACHABLE",
    "DEVICE_NOT_SUPPORTED",
    "NETWORK_LOST",
    "SEGMENT_NOT_FOUND",
    "DECODER_FAILED",
)
NO_ERROR = -1
_START_ERRORS = (0.25, 0.3, 0.35, 0.1, 0, 0, 0)
_OUTAGE_ERRORS = (0.02, 0.68, 0.3, 0, 0, 0, 0)
_MIDDLE_ERRORS = (0, 0, 0, 0, 0.6, 0.25, 0.15)
_OUTAGE_EXITS = 6.0

_DEVICE_MAX: Ints = np.array(
    [
        RESOLUTIONS.index({"mobile": "HD", "tv": "4K", "console": "4K"}.get(device, "Full HD"))
        for device in DEVICES
    ],
    dtype=np.int64,
)
_MOBILE_LINE = 1.2
# The worst line on which each resolution but the lowest still runs: HD, Full HD, 4K.
_LINE_LIMITS = np.array([4.5, 2.6, 1.5])
_USUAL_KBPS = np.array([1_150, 3_100, 5_600, 15_200])
_LEAST_KBPS = 150
_MILLISECONDS_OF_AN_HOUR = 3_600_000

# An outage strikes a large country, but not the largest: the others must look well beside it.
_STRUCK = np.array([countries.CODES.index(code) for code in ("GB", "DE")])
_OUTAGE_DAYS_BACK = 45
_EARLIEST_PART = 0.6
_DAYS_OF_A_YEAR = 365
_DAYS_OF_A_WEEK = 7
_SUNDAY = 4  # 1970-01-01 was a Thursday: days 3, 10, ... are Sundays
_STRIKES, _WHERE, _WHEN = range(3)


@dataclass(frozen=True)
class Conditions:
    """Keep what is known before the first second plays.

    Attributes:
        line: how bad the line is at that moment; 1 is usual.
        starts: False where the play fails or is left before its first frame.
        breaks: where an error ends the play in the middle.
        error: code into ERROR_CODES, -1 for none.
        startup_ms: from the order to the first frame; where there is none, the time waited for it.

    """

    line: Floats
    resolution: Ints
    starts: Bools
    breaks: Bools
    error: Ints
    startup_ms: Ints


def outages(behaviour: Behaviour, chance: Chance, history: Window, window: Window) -> Ints:
    """Return for each day of a window the country that an outage strikes, -1 for none.

    The history has one such day, in its last weeks and never among its first; the days after it have some.
    """
    fates = chance.fates("outages")
    day = window.first_day + np.arange(window.days)
    never = np.zeros_like(day)
    country = _STRUCK[(fates.draw(day, never, _WHERE) * len(_STRUCK)).astype(np.int64)]
    strikes = fates.draw(day, never, _STRIKES) < behaviour.outages_a_year / _DAYS_OF_A_YEAR
    last_day = history.first_day + history.days
    back = min(_OUTAGE_DAYS_BACK, int(history.days * _EARLIEST_PART)) + 1
    share = fates.draw(np.array([last_day]), np.array([0]), _WHEN)
    the_one = last_day - 1 - int(share[0] * back)
    # On a Sunday, where there is one: as many are hit as can be.
    sunday = the_one - (the_one + _SUNDAY) % _DAYS_OF_A_WEEK
    the_one = sunday if sunday >= history.first_day else the_one
    struck = np.where(day < last_day, day == the_one, strikes)
    return np.where(struck, country, -1)


def draw_conditions(
    rng: np.random.Generator,
    behaviour: Behaviour,
    network: Floats,
    device: Ints,
    plan_max: Ints,
    struck: Bools,
) -> Conditions:
    """Draw how each play begins, from the user's line, the device, what the plan allows, and outages."""
    count = len(network)
    line = network * heavy_tail(rng, 0.4, count) * np.where(device == MOBILE, _MOBILE_LINE, 1.0)
    line = np.where(struck, line * behaviour.outage_line, line)
    line_max = (line[:, None] < _LINE_LIMITS).sum(axis=1)
    exits = behaviour.exits_before_start * np.where(struck, _OUTAGE_EXITS, 1.0)
    fails = happens(rng, np.where(struck, behaviour.outage_fails, behaviour.start_fails), count)
    leaves = happens(rng, exits, count) & ~fails
    breaks = happens(rng, behaviour.breaks_off, count) & ~fails & ~leaves
    usual_error, outage_error = choose(rng, _START_ERRORS, count), choose(rng, _OUTAGE_ERRORS, count)
    middle_error = choose(rng, _MIDDLE_ERRORS, count)
    startup = 720 * heavy_tail(rng, 0.5, count) * line**0.45
    return Conditions(
        line=line,
        resolution=np.minimum(np.minimum(plan_max, _DEVICE_MAX[device]), line_max),
        starts=~fails & ~leaves,
        breaks=breaks,
        error=np.select([fails & struck, fails, breaks], [outage_error, usual_error, middle_error], NO_ERROR),
        startup_ms=np.clip(startup, 80, 60_000).astype(np.int64),
    )


def draw_buffering(rng: np.random.Generator, line: Floats, playing_ms: Ints) -> tuple[Ints, Ints]:
    """Draw the stalls of each play: how many, and their milliseconds together; bad lines stall long."""
    expected = 1.1 * line**1.3 * playing_ms / _MILLISECONDS_OF_AN_HOUR
    events = rng.poisson(np.minimum(expected, 60.0)).astype(np.int64)
    stalled = events * 2_600 * heavy_tail(rng, 0.9, len(line))
    return events, np.minimum(stalled, _MILLISECONDS_OF_AN_HOUR).astype(np.int64)


def draw_bitrates(rng: np.random.Generator, conditions: Conditions) -> Ints:
    """Draw the mean kbps of each play around what its resolution usually takes."""
    kbps = _USUAL_KBPS[conditions.resolution] * heavy_tail(rng, 0.16, len(conditions.line))
    return np.maximum(kbps * np.minimum(1.0, conditions.line**-0.15), _LEAST_KBPS).astype(np.int64)
