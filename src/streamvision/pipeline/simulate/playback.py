"""How plays run: start-up, resolution, bitrate, buffering, errors."""

from dataclasses import dataclass

import numpy as np

from streamvision.pipeline.simulate.chance import choose, happens, heavy_tail
from streamvision.pipeline.simulate.columns import Bools, Floats, Ints
from streamvision.pipeline.simulate.people import DEVICES
from streamvision.pipeline.simulate.plans import RESOLUTIONS

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
_MIDDLE_ERRORS = (0, 0, 0, 0, 0.6, 0.25, 0.15)
_START_FAILS = 0.012
_EXITS_BEFORE_START = 0.008
_BREAKS_OFF = 0.006

_DEVICE_MAX: Ints = np.array(
    [
        RESOLUTIONS.index({"mobile": "HD", "tv": "4K", "console": "4K"}.get(device, "Full HD"))
        for device in DEVICES
    ],
    dtype=np.int64,
)
# The worst line on which each resolution but the lowest still runs: HD, Full HD, 4K.
_LINE_LIMITS = np.array([4.5, 2.6, 1.5])
_USUAL_KBPS = np.array([1_150, 3_100, 5_600, 15_200])
_LEAST_KBPS = 150
_MILLISECONDS_OF_AN_HOUR = 3_600_000


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


def draw_conditions(rng: np.random.Generator, network: Floats, device: Ints, plan_max: Ints) -> Conditions:
    """Draw how each play begins, from the user's line, the device and what the plan allows."""
    count = len(network)
    line = network * heavy_tail(rng, 0.4, count)
    line_max = (line[:, None] < _LINE_LIMITS).sum(axis=1)
    fails = happens(rng, _START_FAILS, count)
    leaves = happens(rng, _EXITS_BEFORE_START, count) & ~fails
    breaks = happens(rng, _BREAKS_OFF, count) & ~fails & ~leaves
    start_error, middle_error = choose(rng, _START_ERRORS, count), choose(rng, _MIDDLE_ERRORS, count)
    startup = 720 * heavy_tail(rng, 0.5, count) * line**0.45
    return Conditions(
        line=line,
        resolution=np.minimum(np.minimum(plan_max, _DEVICE_MAX[device]), line_max),
        starts=~fails & ~leaves,
        breaks=breaks,
        error=np.select([fails, breaks], [start_error, middle_error], NO_ERROR),
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
