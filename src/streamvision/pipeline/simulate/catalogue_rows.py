"""The rows of content and episodes."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from streamvision.pipeline.simulate import countries, names
from streamvision.pipeline.simulate.catalogue import CONTENT_TYPES, DOCUMENTARY, SERIES, Catalogue
from streamvision.pipeline.simulate.chance import Chance, choose, happens
from streamvision.pipeline.simulate.columns import (
    Bools,
    Ints,
    batches,
    booleans,
    dates,
    decimals,
    keys,
    labels,
    lists,
    numbers,
    taken,
)

CONTENT_RATINGS = ("G", "PG", "PG-13", "R", "NC-17")
SUBGENRES_OF_A_GENRE = len(names.SUBGENRES) // len(names.GENRES)
_TAGGED = 0.1
_DAYS_OF_A_YEAR = 365
_MOST_YEARS_BACK = 60


def content_batches(chance: Chance, whole: Catalogue, day: int, first: int = 0) -> Iterator[pa.RecordBatch]:
    """Yield the rows of content, from a title on, as they are at the end of a day counted from 1970."""
    rng = chance.topic("title details")
    titles = whole.titles[first:]
    catalogue = taken(whole, np.arange(first, whole.count))
    count = catalogue.count
    available = catalogue.available & (catalogue.removed_day > day)[:, None]
    subgenre = catalogue.genre * SUBGENRES_OF_A_GENRE + rng.integers(0, SUBGENRES_OF_A_GENRE, count)
    no_subgenre = happens(rng, 0.08, count)
    director, actor = _full_names(rng, count), _full_names(rng, count)
    no_actor = catalogue.kind == DOCUMENTARY
    imdb = np.clip(catalogue.quality * 10 + rng.normal(0, 4, count), 10, 98).astype(np.int64)
    no_imdb = happens(rng, 0.04, count)
    rating = choose(rng, (10, 22, 36, 29, 3), count)
    original = happens(rng, 0.18, count)
    release = _release_years(rng, catalogue, whole.episodes.air_day, original)
    tags = rng.random((count, len(names.TAGS))) < _TAGGED
    no_description = happens(rng, 0.03, count)

    def make(rows: slice) -> pa.RecordBatch:
        kind = labels(CONTENT_TYPES, catalogue.kind[rows])
        genre = labels(names.GENRES, catalogue.genre[rows])
        return pa.RecordBatch.from_pydict(
            {
                "id": keys(rows, first),
                "title": titles[rows],
                "content_type": kind,
                "genre": genre,
                "subgenre": labels(names.SUBGENRES, subgenre[rows], no_subgenre[rows]),
                "release_year": numbers(release[rows], pa.int16()),
                "duration_minutes": numbers(catalogue.seconds[rows] // 60, pa.int32()),
                "director": director[rows],
                "main_actor": _unless(no_actor[rows], actor[rows]),
                "imdb_rating": decimals(imdb[rows], 3, 1, no_imdb[rows]),
                "content_rating": labels(CONTENT_RATINGS, rating[rows]),
                "is_original": booleans(original[rows]),
                "added_date": dates(catalogue.added_day[rows]),
                "available_countries": lists(countries.CODES, available[rows]),
                "tags": lists(names.TAGS, tags[rows]),
                "description": _unless(no_description[rows], _describe(genre, kind)),
            }
        )

    return batches(count, make)


def episode_batches(chance: Chance, catalogue: Catalogue, first: int = 0) -> Iterator[pa.RecordBatch]:
    """Yield the rows of episodes, from one on."""
    episodes = taken(catalogue.episodes, slice(first, None))
    title = choose(chance.topic("episode titles"), np.ones(len(names.EPISODE_WORDS)), len(episodes.content))

    def make(rows: slice) -> pa.RecordBatch:
        return pa.RecordBatch.from_pydict(
            {
                "id": keys(rows, first),
                "content_id": numbers(episodes.content[rows] + 1, pa.int64()),
                "season_number": numbers(episodes.season[rows], pa.int16()),
                "episode_number": numbers(episodes.number[rows], pa.int16()),
                "title": labels(names.EPISODE_WORDS, title[rows]),
                "duration_seconds": numbers(episodes.seconds[rows], pa.int32()),
                "air_date": dates(episodes.air_day[rows]),
            }
        )

    return batches(len(episodes.content), make)


def _full_names(rng: np.random.Generator, count: int) -> pa.Array:
    first = choose(rng, np.ones(len(names.FIRST_NAMES)), count)
    last = choose(rng, np.ones(len(names.LAST_NAMES)), count)
    return pc.binary_join_element_wise(labels(names.FIRST_NAMES, first), labels(names.LAST_NAMES, last), " ")


def _release_years(rng: np.random.Generator, catalogue: Catalogue, air_day: Ints, original: Bools) -> Ints:
    """Release originals when they are added, other titles years before; series with their first episode."""
    lag = rng.exponential(np.where(original, 20, 5 * _DAYS_OF_A_YEAR))
    day = catalogue.added_day - np.minimum(lag, _MOST_YEARS_BACK * _DAYS_OF_A_YEAR).astype(np.int64)
    series = catalogue.kind == SERIES
    day[series] = air_day[catalogue.first_episode[series]]
    return np.asarray(day.astype("M8[D]").astype("M8[Y]").astype(np.int64) + 1970)


def _describe(genre: pa.Array, kind: pa.Array) -> pa.Array:
    lower = pc.utf8_lower(genre)
    article = pc.if_else(pc.starts_with(lower, "a"), "An", "A")
    return pc.binary_join_element_wise(
        article, lower, kind, "about people who cannot let go of the past.", " "
    )


def _unless(missing: Bools, texts: pa.Array) -> pa.Array:
    return pc.if_else(pa.array(missing), pa.scalar(None, pa.string()), texts)


def availability_column(catalogue: Catalogue, title: Ints, day: int) -> pa.Array:
    """Return where some titles can be watched at the end of a day counted from 1970."""
    there = catalogue.removed_day[title] > day
    return lists(countries.CODES, catalogue.available[title] & there[:, None])
