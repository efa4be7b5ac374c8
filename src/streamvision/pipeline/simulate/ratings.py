"""Ratings: what people thought of what they had played."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from streamvision.domain.errors import WrongUseError
from streamvision.pipeline.simulate.behaviour import Behaviour
from streamvision.pipeline.simulate.catalogue import Catalogue
from streamvision.pipeline.simulate.chance import Chance, happens, pick_by_row
from streamvision.pipeline.simulate.columns import (
    Bools,
    Floats,
    Ints,
    batches,
    instants,
    keys,
    labels,
    numbers,
)
from streamvision.pipeline.simulate.comments import EACH, LANGUAGES, SENTENCES
from streamvision.pipeline.simulate.countries import COUNTRIES
from streamvision.pipeline.simulate.people import People
from streamvision.pipeline.simulate.timeline import HOUR, between, whole_milliseconds
from streamvision.pipeline.simulate.viewing import Viewing
from streamvision.pipeline.simulate.watching import PAIR

_LEAST_WATCHED_SECONDS = 60
_MEAN_DELAY = 9 * HOUR
_LOWEST, _HIGHEST = 1, 10
_PRAISED_FROM = 7
_FIRST_LANGUAGE = 0.8


@dataclass(frozen=True)
class Ratings:
    """Keep the ratings in the order of time; a comment is a code into comments.SENTENCES."""

    user: Ints
    content: Ints
    score: Ints
    comment: Ints
    has_comment: Bools
    rated_at: Ints


def first_plays(viewing: Viewing) -> tuple[Ints, Ints]:
    """Return the pairs of user and title of which a minute was played, and the first such session of each."""
    watched = np.flatnonzero(viewing.watched >= _LEAST_WATCHED_SECONDS)
    # The sessions stand in the order of time: the first of a pair is its first play.
    pairs, first = np.unique(viewing.user[watched] * PAIR + viewing.content[watched], return_index=True)
    return pairs, watched[first]


def make_ratings(
    count: int, behaviour: Behaviour, chance: Chance, viewing: Viewing, people: People, catalogue: Catalogue
) -> Ratings:
    """Let some rate a title after they first watched a minute of it, while they are subscribed.

    Raises:
        WrongUseError: when fewer pairs of user and title were played than ratings are asked for.

    """
    _, first = first_plays(viewing)
    if len(first) < count:
        raise WrongUseError(
            f"Only {len(first)} pairs of user and title were played, too few for {count} ratings",
            safe="nothing was written",
            next_command="ask for more viewing sessions or for fewer ratings",
        )
    rng = chance.topic("ratings")
    # Who saw more of it rather says something: the smallest of exponential waits, by weight.
    wait = rng.exponential(1.0, len(first)) / (0.25 + _seen(viewing, first))
    play = first[np.argpartition(wait, count - 1)[:count]] if count else first[:0]
    return rate(behaviour, rng, viewing, np.sort(play), people, catalogue)


def rate(
    behaviour: Behaviour,
    rng: np.random.Generator,
    viewing: Viewing,
    play: Ints,
    people: People,
    catalogue: Catalogue,
    end: int | None = None,
) -> Ratings:
    """Return what people think of some plays, said while they are subscribed and before an end."""
    count = len(play)
    ended = viewing.ended_at[play]
    over = viewing.subscription_end[play]
    over = over if end is None else np.minimum(over, end)
    later = ended + whole_milliseconds(rng.exponential(_MEAN_DELAY, count))
    rated_at = np.where(later < over, later, between(ended, over, rng.random(count)))
    worth = catalogue.quality[viewing.content[play]] + 1.6 * (_seen(viewing, play) - 0.45) + 1.7
    opinion = worth - rng.exponential(behaviour.disappointment, count) + rng.normal(0.0, 0.8, count)
    score = np.clip(np.rint(opinion), _LOWEST, _HIGHEST).astype(np.int64)
    comment = _comments(rng, people.country[viewing.user[play]], score)
    has_comment = happens(rng, behaviour.says_why, count)
    order = np.lexsort((play, rated_at))
    return Ratings(
        user=viewing.user[play][order],
        content=viewing.content[play][order],
        score=score[order],
        comment=comment[order],
        has_comment=has_comment[order],
        rated_at=rated_at[order],
    )


def _seen(viewing: Viewing, play: Ints) -> Floats:
    return np.asarray(viewing.watched[play] / viewing.length[play])


def _comments(rng: np.random.Generator, country: Ints, score: Ints) -> Ints:
    """Choose a sentence in a language of the country that fits the score."""
    spoken = np.zeros((len(COUNTRIES), len(LANGUAGES)))
    for row, each in enumerate(COUNTRIES):
        for place, language in enumerate(each.languages):
            spoken[row, LANGUAGES.index(language)] = _FIRST_LANGUAGE if place == 0 else 1 - _FIRST_LANGUAGE
    chosen = pick_by_row(spoken, country, rng.random(len(country)))
    blames = score < _PRAISED_FROM
    return np.asarray((chosen * 2 + blames) * EACH + rng.integers(0, EACH, len(country)))


def rating_batches(ratings: Ratings, number: Ints, first: int) -> Iterator[pa.RecordBatch]:
    """Yield the rows of ratings, in the order of time.

    Args:
        ratings: by position of their user.
        number: of each user among all people.
        first: how many ratings there are before these.

    """

    def make(rows: slice) -> pa.RecordBatch:
        return pa.RecordBatch.from_pydict(
            {
                "id": keys(rows, first),
                "user_id": numbers(number[ratings.user[rows]] + 1, pa.int64()),
                "content_id": numbers(ratings.content[rows] + 1, pa.int64()),
                "score": numbers(ratings.score[rows], pa.int16()),
                "comment": labels(SENTENCES, ratings.comment[rows], ~ratings.has_comment[rows]),
                "rated_at": instants(ratings.rated_at[rows]),
            }
        )

    return batches(len(ratings.user), make)
