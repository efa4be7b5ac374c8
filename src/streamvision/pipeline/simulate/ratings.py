"""Ratings: what people thought of what they had played."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from streamvision.domain.errors import WrongUseError
from streamvision.pipeline.simulate import names
from streamvision.pipeline.simulate.catalogue import Catalogue
from streamvision.pipeline.simulate.chance import Chance, choose, happens
from streamvision.pipeline.simulate.columns import Bools, Ints, batches, instants, keys, labels, numbers
from streamvision.pipeline.simulate.spec import SimulationSpec
from streamvision.pipeline.simulate.subscriptions import Spells
from streamvision.pipeline.simulate.timeline import HOUR, between, whole_milliseconds
from streamvision.pipeline.simulate.viewing import Viewing

_LEAST_WATCHED_SECONDS = 60
_MEAN_DELAY = 9 * HOUR
_LOWEST, _HIGHEST = 1, 10
_SAYS_WHY = 0.15


@dataclass(frozen=True)
class Ratings:
    """Keep the ratings in the order of time."""

    user: Ints
    content: Ints
    score: Ints
    comment: Ints
    has_comment: Bools
    rated_at: Ints


def make_ratings(
    spec: SimulationSpec, chance: Chance, viewing: Viewing, spells: Spells, catalogue: Catalogue
) -> Ratings:
    """Let some rate a title after they first watched a minute of it, while they are subscribed.

    Raises:
        WrongUseError: when fewer pairs of user and title were played than ratings are asked for.

    """
    rng = chance.topic("ratings")
    count = spec.volumes.ratings
    watched = np.flatnonzero(viewing.watched >= _LEAST_WATCHED_SECONDS)
    pair = viewing.user[watched] * catalogue.count + viewing.content[watched]
    # The sessions stand in the order of time: the first of a pair is its first play.
    first = watched[np.unique(pair, return_index=True)[1]]
    if len(first) < count:
        raise WrongUseError(
            f"Only {len(first)} pairs of user and title were played, too few for {count} ratings",
            safe="nothing was written",
            next_command="ask for more viewing sessions or for fewer ratings",
        )
    play = rng.choice(first, count, replace=False)
    ended = viewing.ended_at[play]
    over = spells.subscription_end[viewing.spell[play]]
    later = ended + whole_milliseconds(rng.exponential(_MEAN_DELAY, count))
    rated_at = np.where(later < over, later, between(ended, over, rng.random(count)))
    seen = viewing.watched[play] / viewing.length[play]
    opinion = catalogue.quality[viewing.content[play]] + 1.6 * (seen - 0.45) + rng.normal(0.4, 1.5, count)
    order = np.lexsort((play, rated_at))
    return Ratings(
        user=viewing.user[play][order],
        content=viewing.content[play][order],
        score=np.clip(np.rint(opinion), _LOWEST, _HIGHEST).astype(np.int64)[order],
        comment=choose(rng, np.ones(len(names.COMMENTS)), count),
        has_comment=happens(rng, _SAYS_WHY, count),
        rated_at=rated_at[order],
    )


def rating_batches(ratings: Ratings) -> Iterator[pa.RecordBatch]:
    """Yield the rows of ratings, in the order of time."""

    def make(rows: slice) -> pa.RecordBatch:
        return pa.RecordBatch.from_pydict(
            {
                "id": keys(rows),
                "user_id": numbers(ratings.user[rows] + 1, pa.int64()),
                "content_id": numbers(ratings.content[rows] + 1, pa.int64()),
                "score": numbers(ratings.score[rows], pa.int16()),
                "comment": labels(names.COMMENTS, ratings.comment[rows], ~ratings.has_comment[rows]),
                "rated_at": instants(ratings.rated_at[rows]),
            }
        )

    return batches(len(ratings.user), make)
