"""How long people watch, and which episodes: those of a series in their order, from session to session."""

from dataclasses import dataclass

import numpy as np

from streamvision.pipeline.simulate.behaviour import Behaviour
from streamvision.pipeline.simulate.catalogue import SERIES, Catalogue
from streamvision.pipeline.simulate.chance import choose
from streamvision.pipeline.simulate.columns import Bools, Floats, Ints

MOST_EPISODES = 4
COMPLETED_PERCENT = 95
PAIR = 1 << 24
"""A pair of user and title is the number user * PAIR + title."""
_GOES_ON = (0.52, 0.26, 0.14, 0.08)  # one, two, three, four episodes in a row
_USUAL_QUALITY, _HELD_BY_QUALITY = 6.7, 0.03


@dataclass(frozen=True)
class Progress:
    """Keep how far users are with series: the episode that comes next, for pairs in ascending order."""

    pair: Ints
    episode: Ints

    def of(self, pair: Ints) -> Ints:
        """Return the next episode of each pair; who is not known begins with the first, 0."""
        if not self.pair.size:
            return np.zeros(len(pair), dtype=np.int64)
        place = np.minimum(np.searchsorted(self.pair, pair), len(self.pair) - 1)
        return np.where(self.pair[place] == pair, self.episode[place], 0)

    def with_new(self, pair: Ints, episode: Ints) -> "Progress":
        """Return the progress after some pairs went on; these are in ascending order."""
        kept = ~np.isin(self.pair, pair, assume_unique=True)
        together = np.concatenate([self.pair[kept], pair])
        order = np.argsort(together)
        return Progress(together[order], np.concatenate([self.episode[kept], episode])[order])


NO_PROGRESS = Progress(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))


@dataclass(frozen=True)
class Intent:
    """Keep what each would watch: so many parts wholly, then a share of one more; cut to a factor."""

    whole: Ints
    share: Floats
    factor: Floats
    room_seconds: Ints


@dataclass(frozen=True)
class Watched:
    """Keep what each watched.

    Attributes:
        parts: seconds of each part that a session could play in a row: a film is one part, a series
            the next episode and those after it; 0 where there is none.
        seconds: how many of them were played.
        first_episode: position in the catalogue's episodes; of no meaning for other titles.

    """

    parts: Ints
    seconds: Ints
    first_episode: Ints


def draw_intents(
    rng: np.random.Generator, behaviour: Behaviour, quality: Floats, breaks: Bools, room_seconds: Ints
) -> Intent:
    """Draw what each would watch; better titles hold more people to the end."""
    count = len(quality)
    whole = choose(rng, _GOES_ON, count)
    # People leave soon, in the middle, or at the end.
    mood = rng.random(count) - _HELD_BY_QUALITY * (quality - _USUAL_QUALITY)
    shares = [rng.beta(0.8, 6.0, count), rng.beta(2.0, 2.0, count)]
    soon, middle = behaviour.leaves_soon, behaviour.leaves_soon + behaviour.leaves_in_the_middle
    share = np.select([mood < soon, mood < middle], shares, rng.uniform(0.93, 1.0, count))
    return Intent(whole, share, np.where(breaks, rng.random(count), 1.0), room_seconds)


def watch(
    catalogue: Catalogue, user: Ints, content: Ints, intent: Intent, progress: Progress
) -> tuple[Watched, Progress]:
    """Let each watch; the rows stand in the order of time.

    What a session of a series begins with depends on what the one before it came to, so the first sessions
    of all pairs of user and series are played together, then the second ones, and so on.
    """
    count = len(user)
    watched = Watched(
        parts=np.zeros((count, MOST_EPISODES), dtype=np.int64),
        seconds=np.zeros(count, dtype=np.int64),
        first_episode=np.zeros(count, dtype=np.int64),
    )
    is_series = catalogue.kind[content] == SERIES
    others = np.flatnonzero(~is_series)
    watched.parts[others, 0] = catalogue.seconds[content[others]]
    watched.seconds[others] = _seconds(watched.parts[others], intent, others)
    rows = np.flatnonzero(is_series)
    pairs, pair = np.unique(user[rows] * PAIR + content[rows], return_inverse=True)
    following = progress.of(pairs)
    for turn in _turns(pair):
        now = rows[turn]
        series = content[now]
        offset = following[pair[turn]]
        watched.first_episode[now] = catalogue.first_episode[series] + offset
        watched.parts[now] = _episodes_from(catalogue, series, offset)
        watched.seconds[now] = _seconds(watched.parts[now], intent, now)
        done = _completed(watched.parts[now], watched.seconds[now])
        following[pair[turn]] = (offset + done) % catalogue.episode_count[series]
    return watched, progress.with_new(pairs, following)


def _turns(pair: Ints) -> list[Ints]:
    """Return the first row of every pair, then the second of every pair that has one, and so on."""
    order = np.argsort(pair, kind="stable")
    counts = np.bincount(pair) if pair.size else np.zeros(0, dtype=np.int64)
    turn = np.empty(len(pair), dtype=np.int64)
    turn[order] = np.arange(len(pair)) - np.repeat(np.cumsum(counts) - counts, counts)
    by_turn = np.argsort(turn, kind="stable")
    return np.split(by_turn, np.cumsum(np.bincount(turn))[:-1]) if pair.size else []


def _episodes_from(catalogue: Catalogue, series: Ints, offset: Ints) -> Ints:
    parts = np.zeros((len(series), MOST_EPISODES), dtype=np.int64)
    for ahead in range(MOST_EPISODES):
        there = offset + ahead < catalogue.episode_count[series]
        episode = catalogue.first_episode[series][there] + offset[there] + ahead
        parts[there, ahead] = catalogue.episodes.seconds[episode]
    return parts


def _seconds(parts: Ints, intent: Intent, rows: Ints) -> Ints:
    count = len(parts)
    whole = np.minimum(intent.whole[rows], (parts > 0).sum(axis=1) - 1)
    row = np.arange(count)
    before = np.cumsum(parts, axis=1)[row, whole] - parts[row, whole]
    wanted = before + np.rint(intent.share[rows] * parts[row, whole])
    cut = (wanted * intent.factor[rows]).astype(np.int64)
    return np.asarray(np.minimum(cut, intent.room_seconds[rows]))


def _completed(parts: Ints, seconds: Ints) -> Ints:
    """Return how many parts, from the first, were watched to the end."""
    before = np.cumsum(parts, axis=1) - parts
    played = np.clip(seconds[:, None] - before, 0, parts)
    return np.asarray(((parts > 0) & (100 * played >= COMPLETED_PERCENT * parts)).sum(axis=1))
