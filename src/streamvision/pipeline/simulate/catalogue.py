"""The catalogue: films, series with their episodes, documentaries."""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from streamvision.pipeline.simulate import countries
from streamvision.pipeline.simulate.behaviour import Behaviour
from streamvision.pipeline.simulate.chance import Chance, choose, happens, heavy_tail, waits
from streamvision.pipeline.simulate.columns import Bools, Floats, Ints, joined
from streamvision.pipeline.simulate.spec import SimulationSpec
from streamvision.pipeline.simulate.timeline import DAY
from streamvision.pipeline.simulate.titles import make_titles

CONTENT_TYPES = ("film", "series", "documentary")
FILM, SERIES, DOCUMENTARY = range(len(CONTENT_TYPES))
NEVER = 1 << 40
_SERIES_SHARE = 0.22
_DOCUMENTARY_SHARE = 0.16
# What each type gets of all free choices, in the order of CONTENT_TYPES; who plays a series often goes on.
_SHARE_OF_CHOICES = np.array([0.58, 0.28, 0.14])
_LAUNCH_SHARE = 0.1
_LEAST_STAY_DAYS = 30
_DAYS_OF_A_YEAR = 365
_EPISODES_OF_A_NEW_SERIES = (4, 11)
_YEARS_OF_CATALOGUE = 5
_FICTION = (15, 7, 15, 12, 20, 7, 8, 2, 7, 0, 8, 10)
_FACT = (0, 0, 0, 22, 0, 4, 0, 36, 0, 34, 0, 4)
_SERIES_MINUTES: Ints = np.array([22, 28, 42, 48, 55], dtype=np.int64)


@dataclass(frozen=True)
class Catalogue:
    """Keep what plays follow from; position i is the title with the id i + 1.

    Attributes:
        kind, genre: codes into CONTENT_TYPES and names.GENRES.
        seconds: the running time; of a series, that of a usual episode.
        added_day: days since 1970; a title can be played from the beginning of that day, UTC.
        removed_day: the first day on which it can no longer be played.
        popularity: weight among all titles.
        quality: 0 to 10, what people think of it.
        available: one row per title, one column per country.
        launch: how many titles, from the first, were there before any viewing and in every country.
        first_episode, episode_count: where a series' episodes stand in `episodes`.

    """

    kind: Ints
    genre: Ints
    seconds: Ints
    added_day: Ints
    removed_day: Ints
    popularity: Floats
    quality: Floats
    available: Bools
    launch: int
    first_episode: Ints
    episode_count: Ints
    titles: pa.Array
    episodes: "Episodes"

    @property
    def count(self) -> int:
        """Return how many titles there are."""
        return len(self.kind)


@dataclass(frozen=True)
class Episodes:
    """Keep the episodes, those of a series one after another."""

    content: Ints
    season: Ints
    number: Ints
    seconds: Ints
    air_day: Ints


def make_catalogue(spec: SimulationSpec, chance: Chance) -> Catalogue:
    """Draw the titles in the order in which they were added, and the episodes of the series."""
    rng = chance.topic("catalogue")
    count = spec.volumes.content
    kind = _kinds(spec, rng)
    is_fact = kind == DOCUMENTARY
    quality = np.clip(rng.normal(6.7, 1.0, count), 2.0, 9.4)
    launch = max(1, int(count * _LAUNCH_SHARE))
    added_day = _added_days(spec, rng, launch)
    minutes = _minutes(rng, kind)
    episode_count = _episode_counts(spec, rng, kind)
    since = np.maximum(added_day, spec.viewing_start // DAY)
    return Catalogue(
        kind=kind,
        genre=np.where(is_fact, choose(rng, _FACT, count), choose(rng, _FICTION, count)),
        seconds=minutes * 60,
        added_day=added_day,
        removed_day=_removed_days(spec.behaviour, chance, since, launch),
        popularity=_popularity(spec.behaviour, rng, kind, quality),
        quality=quality,
        available=_availability(rng, count, launch),
        launch=launch,
        first_episode=np.cumsum(episode_count) - episode_count,
        episode_count=episode_count,
        titles=make_titles(chance.topic("titles"), is_fact),
        episodes=_make_episodes(chance.topic("episodes"), episode_count, minutes * 60, added_day),
    )


def with_new_titles(
    catalogue: Catalogue, spec: SimulationSpec, chance: Chance, of_day: Chance, day: int
) -> Catalogue:
    """Return the catalogue with what comes on a day after the history; the titles before stay as they are.

    Args:
        catalogue: as it was.
        spec: says how many titles come in a year.
        chance: of the world, for what all titles follow from.
        of_day: of the day.
        day: counted from 1970.

    """
    rng = of_day.topic("catalogue")
    history = spec.volumes.content
    count = int(rng.poisson(history * spec.behaviour.new_titles / _DAYS_OF_A_YEAR))
    kind = choose(rng, (1 - _SERIES_SHARE - _DOCUMENTARY_SHARE, _SERIES_SHARE, _DOCUMENTARY_SHARE), count)
    is_fact = kind == DOCUMENTARY
    minutes = _minutes(rng, kind)
    quality = np.clip(rng.normal(6.7, 1.0, count), 2.0, 9.4)
    episode_count = np.where(kind == SERIES, rng.integers(*_EPISODES_OF_A_NEW_SERIES, count), 0)
    added_day = np.full(count, day, dtype=np.int64)
    before = len(catalogue.episodes.content)
    episodes = _make_episodes(of_day.topic("episodes"), episode_count, minutes * 60, added_day)
    new = Catalogue(
        kind=kind,
        genre=np.where(is_fact, choose(rng, _FACT, count), choose(rng, _FICTION, count)),
        seconds=minutes * 60,
        added_day=added_day,
        removed_day=_removed_days(spec.behaviour, of_day, added_day, 0),
        # As popular as some title of the history: all weights together stay about what they are.
        popularity=catalogue.popularity[rng.integers(0, history, count)],
        quality=quality,
        available=_availability(rng, count, 0),
        launch=0,
        first_episode=before + np.cumsum(episode_count) - episode_count,
        episode_count=episode_count,
        titles=catalogue.titles,
        episodes=replace(episodes, content=episodes.content + catalogue.count),
    )
    grown = joined(catalogue, new)
    return replace(grown, titles=make_titles(chance.topic("titles"), grown.kind == DOCUMENTARY))


def _removed_days(behaviour: Behaviour, chance: Chance, since: Ints, launch: int) -> Ints:
    """Let some titles go; those of the launch stay."""
    fates = chance.fates("expiry")
    title = np.arange(len(since))
    stays = waits(
        fates.draw(title, np.zeros_like(title), 0), _DAYS_OF_A_YEAR / max(behaviour.expiries_a_year, 1e-9)
    )
    stays = np.minimum(stays, 1e6).astype(np.int64)
    return np.where(title < launch, NEVER, since + _LEAST_STAY_DAYS + stays)


def _kinds(spec: SimulationSpec, rng: np.random.Generator) -> Ints:
    count, episodes = spec.volumes.content, spec.volumes.episodes
    series = min(max(1, round(count * _SERIES_SHARE)), episodes)
    facts = min(round(count * _DOCUMENTARY_SHARE), count - series)
    kind = np.full(count, FILM, dtype=np.int64)
    kind[:series] = SERIES
    kind[series : series + facts] = DOCUMENTARY
    return rng.permutation(kind)


def _added_days(spec: SimulationSpec, rng: np.random.Generator, launch: int) -> Ints:
    count = spec.volumes.content
    end, start = spec.end // DAY, spec.viewing_start // DAY
    oldest = end - 365 * _YEARS_OF_CATALOGUE
    before = max(launch, round(count * (1.0 - spec.behaviour.new_titles)))
    old = rng.integers(oldest, start, before)
    new = rng.integers(start, end, count - before)
    return np.sort(np.concatenate([old, new])).astype(np.int64)


def _minutes(rng: np.random.Generator, kind: Ints) -> Ints:
    count = len(kind)
    film = np.clip(rng.normal(108, 18, count), 72, 210)
    fact = np.clip(rng.normal(78, 20, count), 38, 150)
    series = _SERIES_MINUTES[rng.integers(0, len(_SERIES_MINUTES), count)]
    return np.select([kind == FILM, kind == SERIES], [film, series], fact).astype(np.int64)


def _episode_counts(spec: SimulationSpec, rng: np.random.Generator, kind: Ints) -> Ints:
    series = np.flatnonzero(kind == SERIES)
    weights = heavy_tail(rng, 0.5, len(series))
    extra = rng.multinomial(spec.volumes.episodes - len(series), weights / weights.sum())
    counts = np.zeros(len(kind), dtype=np.int64)
    counts[series] = 1 + extra
    return counts


def _popularity(behaviour: Behaviour, rng: np.random.Generator, kind: Ints, quality: Floats) -> Floats:
    """Give titles a Zipf-like weight, better ones a better chance of a high rank."""
    appeal = quality + rng.gumbel(0.0, 1.5, len(kind))
    rank = np.argsort(np.argsort(-appeal, kind="stable"), kind="stable")
    weight = 1.0 / (rank + behaviour.zipf_shift) ** behaviour.zipf_exponent
    total = np.bincount(kind, weights=weight, minlength=len(CONTENT_TYPES))
    return np.asarray(weight / total[kind] * _SHARE_OF_CHOICES[kind])


def _availability(rng: np.random.Generator, count: int, launch: int) -> Bools:
    """Sell most titles everywhere, some in a part of the countries, each in one at least."""
    reach = np.where(happens(rng, 0.55, count), 1.0, rng.uniform(0.3, 0.95, count))
    available = rng.random((count, len(countries.COUNTRIES))) < reach[:, None]
    available[:, 0] |= ~available.any(axis=1)
    available[:launch] = True
    return available


def _make_episodes(rng: np.random.Generator, counts: Ints, usual: Ints, added_day: Ints) -> Episodes:
    """Air a series' episodes weekly, a season a year, the last one a month before it was added."""
    content = np.repeat(np.arange(len(counts)), counts)
    position = np.arange(len(content)) - np.repeat(np.cumsum(counts) - counts, counts)
    per_season = rng.choice([6, 8, 10], len(counts))[content]
    season, number = position // per_season + 1, position % per_season + 1
    seasons = (counts[content] - 1) // per_season + 1
    in_season = np.minimum(per_season, counts[content] - (season - 1) * per_season)
    age = 30 + 365 * (seasons - season) + 7 * (in_season - number)
    seconds = usual[content] * rng.uniform(0.9, 1.1, len(content))
    return Episodes(content, season, number, seconds.astype(np.int64), added_day[content] - age)
