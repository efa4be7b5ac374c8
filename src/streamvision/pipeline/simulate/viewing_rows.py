"""The rows of viewing_sessions and episode_viewing."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from streamvision.domain.errors import WrongUseError
from streamvision.pipeline.simulate import countries
from streamvision.pipeline.simulate.catalogue import SERIES, Catalogue
from streamvision.pipeline.simulate.chance import Chance, happens
from streamvision.pipeline.simulate.columns import (
    Bools,
    Ints,
    batches,
    booleans,
    decimals,
    instants,
    keys,
    labels,
    numbers,
)
from streamvision.pipeline.simulate.people import DEVICES
from streamvision.pipeline.simulate.plans import RESOLUTIONS
from streamvision.pipeline.simulate.playback import ERROR_CODES, NO_ERROR
from streamvision.pipeline.simulate.timeline import MILLISECOND, SECOND
from streamvision.pipeline.simulate.viewing import Viewing
from streamvision.pipeline.simulate.watching import COMPLETED_PERCENT

_RATE_UNITS = 10_000


def session_batches(viewing: Viewing, number: Ints, first: int) -> Iterator[pa.RecordBatch]:
    """Yield the rows of viewing_sessions.

    Args:
        viewing: the sessions, by position of their user.
        number: of each user among all people.
        first: how many sessions there are before these.

    """
    conditions = viewing.conditions
    rate = completion_units(viewing.watched, viewing.length)

    def make(rows: slice) -> pa.RecordBatch:
        starts, error = conditions.starts[rows], conditions.error[rows]
        return pa.RecordBatch.from_pydict(
            {
                "id": keys(rows, first),
                "user_id": numbers(number[viewing.user[rows]] + 1, pa.int64()),
                "content_id": numbers(viewing.content[rows] + 1, pa.int64()),
                "started_at": instants(viewing.started_at[rows]),
                "ended_at": instants(viewing.ended_at[rows]),
                "duration_seconds": numbers(viewing.watched[rows], pa.int32()),
                "completion_rate": decimals(rate[rows], 5, 4),
                "playback_started": booleans(starts),
                "startup_ms": numbers(conditions.startup_ms[rows], pa.int32(), ~starts),
                "error_code": labels(ERROR_CODES, error, error == NO_ERROR),
                "device_type": labels(DEVICES, viewing.device[rows]),
                "resolution": labels(RESOLUTIONS, conditions.resolution[rows]),
                "country": labels(countries.CODES, viewing.country[rows]),
                "buffering_events": numbers(viewing.buffering_events[rows], pa.int32()),
                "buffering_seconds": decimals(viewing.buffering_ms[rows], 9, 3),
                "average_bitrate_kbps": numbers(viewing.kbps[rows], pa.int32(), ~starts),
            }
        )

    return batches(viewing.count, make)


def completion_units(watched: Ints, length: Ints) -> Ints:
    """Return watched / length in ten-thousandths, halves rounded up as PostgreSQL's numeric does."""
    return np.asarray(np.minimum((2 * _RATE_UNITS * watched + length) // (2 * length), _RATE_UNITS))


@dataclass(frozen=True)
class EpisodeViewing:
    """Keep which episodes the sessions of a sample played; rows of one session stand together."""

    session: Ints
    episode: Ints
    started_at: Ints
    watched: Ints
    is_completed: Bools


def make_episode_viewing(
    count: int, chance: Chance, viewing: Viewing, catalogue: Catalogue
) -> EpisodeViewing:
    """Tell for a sample of the series sessions how long each of their episodes was watched.

    All episodes of a sampled session are told, and their seconds add up to the session's.

    Args:
        count: how many rows are wanted.
        chance: draws the sample.
        viewing: the sessions.
        catalogue: with the episodes.

    Raises:
        WrongUseError: when the sessions do not hold as many episodes as are asked for.

    """
    plays = chance.topic("episode viewing").permutation(_series_plays(viewing, catalogue))
    session = np.sort(_exactly(count, plays, viewing.begun[plays]))
    return _episodes_of(session, viewing)


def sample_episode_viewing(
    share: float, chance: Chance, viewing: Viewing, catalogue: Catalogue
) -> EpisodeViewing:
    """Tell the same for a share of the series sessions."""
    plays = _series_plays(viewing, catalogue)
    return _episodes_of(plays[happens(chance.topic("episode viewing"), share, len(plays))], viewing)


def _series_plays(viewing: Viewing, catalogue: Catalogue) -> Ints:
    return np.flatnonzero(
        viewing.conditions.starts & (viewing.watched > 0) & (catalogue.kind[viewing.content] == SERIES)
    )


def _episodes_of(session: Ints, viewing: Viewing) -> EpisodeViewing:
    begun = viewing.begun[session]
    row = np.repeat(np.arange(len(session)), begun)
    ahead = np.arange(len(row)) - np.repeat(np.cumsum(begun) - begun, begun)
    parts = viewing.parts[session]
    length = parts[row, ahead]
    before = (np.cumsum(parts, axis=1) - parts)[row, ahead]
    watched = np.minimum(viewing.watched[session][row] - before, length)
    first_frame = viewing.started_at[session] + viewing.conditions.startup_ms[session] * MILLISECOND
    return EpisodeViewing(
        session=session[row],
        episode=viewing.first_episode[session][row] + ahead,
        started_at=first_frame[row] + before * SECOND,
        watched=watched,
        is_completed=100 * watched >= COMPLETED_PERCENT * length,
    )


def _exactly(rows: int, plays: Ints, begun: Ints) -> Ints:
    """Take plays until their episodes add up to the number of rows, passing over those that overshoot."""
    whole = int(np.searchsorted(np.cumsum(begun), rows, side="right"))
    missing = rows - int(begun[:whole].sum())
    singles = plays[whole:][begun[whole:] == 1][:missing]
    if len(singles) < missing:
        raise WrongUseError(
            f"The series sessions hold fewer than {rows} rows of episode_viewing",
            safe="nothing was written",
            next_command="ask for more viewing sessions or for fewer rows of episode_viewing",
        )
    return np.concatenate([plays[:whole], singles])


def episode_viewing_batches(
    viewing: Viewing, played: EpisodeViewing, number: Ints, first: int, first_session: int
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of episode_viewing, in the order of the sessions.

    Args:
        viewing: the sessions, by position of their user.
        played: the episodes, by position of their session.
        number: of each user among all people.
        first: how many rows there are before these.
        first_session: how many sessions there are before these.

    """

    def make(rows: slice) -> pa.RecordBatch:
        session = played.session[rows]
        return pa.RecordBatch.from_pydict(
            {
                "id": keys(rows, first),
                "session_id": numbers(session + first_session + 1, pa.int64()),
                "episode_id": numbers(played.episode[rows] + 1, pa.int64()),
                "user_id": numbers(number[viewing.user[session]] + 1, pa.int64()),
                "started_at": instants(played.started_at[rows]),
                "watched_seconds": numbers(played.watched[rows], pa.int32()),
                "is_completed": booleans(played.is_completed[rows]),
            }
        )

    return batches(len(played.session), make)
