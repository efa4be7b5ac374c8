"""Searches: what people looked for, what they opened, and what they went on to play."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from streamvision.pipeline.simulate import names
from streamvision.pipeline.simulate.catalogue import Catalogue
from streamvision.pipeline.simulate.chance import Chance, choose, happens, heavy_tail
from streamvision.pipeline.simulate.columns import (
    Bools,
    Floats,
    Ints,
    batches,
    instants,
    joined,
    keys,
    labels,
    numbers,
    taken,
)
from streamvision.pipeline.simulate.moments import Moments
from streamvision.pipeline.simulate.people import DEVICES
from streamvision.pipeline.simulate.timeline import MINUTE, SECOND, whole_milliseconds
from streamvision.pipeline.simulate.typing_errors import misspell
from streamvision.pipeline.simulate.viewing import Audience, Viewing

_WHOLE_TITLE, _BEGINNING, _GENRE, _NOTHING = range(4)
# A whole title, the beginning of a word, a genre: by those who find what they play, and by the others.
_LOOKS_FOR = (0.48, 0.28, 0.24)
_MEAN_RESULTS = np.array([3.0, 9.0, 45.0, 0.0])
_WANTED = 1.0 / np.arange(1, len(names.UNANSWERABLE) + 1)
_LETTERS = 6
_TAKES_THE_NEXT = 0.45
_USUAL_WAIT = 25 * SECOND
_LONGEST_WAIT = 20 * MINUTE


@dataclass(frozen=True)
class Searches:
    """Keep the searches in the order of time.

    Attributes:
        form: whether they typed a title, its beginning, a genre, or what does not exist.
        content: the title they had in mind.
        misspelt, slip: whether it was typed with a mistake, and a share that says where and how.
        position: where it stood among the results, from 1; of no meaning without a click.

    """

    user: Ints
    form: Ints
    content: Ints
    nonsense: Ints
    misspelt: Bools
    slip: Floats
    results: Ints
    clicked: Bools
    position: Ints
    device: Ints
    searched_at: Ints


def make_searches(
    count: int, audience: Audience, chance: Chance, moments: Moments, viewing: Viewing
) -> Searches:
    """Let subscribers look for titles that they could play at that moment; some then play what they found.

    Args:
        count: how many searches there are.
        audience: who searches, and where.
        chance: the chance.
        moments: so many instants at which searchers are there.
        viewing: the plays, some of which began with a search.

    """
    rng = chance.topic("searches")
    behaviour = audience.behaviour
    plays, room = _plays_with_room(audience, viewing)
    led = min(int(count * behaviour.search_plays), len(plays))
    chosen = np.sort(rng.choice(len(plays), led, replace=False))
    found = _that_led_to(rng, viewing, plays[chosen], room[chosen], behaviour.misspelt)
    rest = np.sort(rng.choice(count, count - led, replace=False))
    others = _that_led_to_nothing(rng, audience, taken(moments, rest))
    searches = joined(found, others)
    return taken(searches, np.lexsort((searches.user, searches.searched_at)))


def _plays_with_room(audience: Audience, viewing: Viewing) -> tuple[Ints, Ints]:
    """Return the plays before which there was time to search, and how much of it."""
    spells = audience.spells
    order = np.argsort(viewing.user, kind="stable")
    user, started = viewing.user[order], viewing.started_at[order]
    idle_since = np.full(len(order), audience.window.start, dtype=np.int64)
    same = user[1:] == user[:-1]
    idle_since[1:][same] = viewing.ended_at[order][:-1][same]
    # Nor before the subscription: the last spell that began by then.
    by_user = np.lexsort((spells.start, spells.user))
    began = spells.start[by_user]
    place = _last_at_or_before(spells.user[by_user], began, user, started)
    idle_since = np.maximum(idle_since, began[place])
    room = started - idle_since
    starts = viewing.conditions.starts[order] & (room > MINUTE)
    return order[starts], room[starts]


def _last_at_or_before(owner: Ints, at: Ints, user: Ints, instant: Ints) -> Ints:
    """Return for each user and instant the place of the user's last row at or before it."""
    # Both in one order: by user, then by time, the rows before what is looked up.
    everyone = np.concatenate([owner, user])
    when = np.concatenate([at, instant])
    is_lookup = np.concatenate([np.zeros(len(owner), dtype=np.int64), np.ones(len(user), dtype=np.int64)])
    order = np.lexsort((is_lookup, when, everyone))
    last = np.maximum.accumulate(np.where(order < len(owner), order, 0))
    found = np.empty(len(user), dtype=np.int64)
    looked_up = order >= len(owner)
    found[order[looked_up] - len(owner)] = last[looked_up]
    return found


def _that_led_to(
    rng: np.random.Generator, viewing: Viewing, play: Ints, room: Ints, misspelt: float
) -> Searches:
    count = len(play)
    wait = np.minimum(_USUAL_WAIT * heavy_tail(rng, 0.9, count), np.minimum(room - SECOND, _LONGEST_WAIT))
    form = choose(rng, _LOOKS_FOR, count)
    results = 1 + rng.poisson(_MEAN_RESULTS[form])
    return Searches(
        user=viewing.user[play],
        form=form,
        content=viewing.content[play],
        nonsense=np.zeros(count, dtype=np.int64),
        misspelt=(form < _GENRE) & happens(rng, misspelt, count),
        slip=rng.random(count),
        results=results,
        clicked=np.ones(count, dtype=np.bool_),
        position=np.minimum(rng.geometric(_TAKES_THE_NEXT, count), results),
        device=viewing.device[play],
        searched_at=viewing.started_at[play] - whole_milliseconds(wait),
    )


def _that_led_to_nothing(rng: np.random.Generator, audience: Audience, moments: Moments) -> Searches:
    behaviour, people = audience.behaviour, audience.people
    user, count = audience.spells.user[moments.spell], len(moments.at)
    # All that find nothing are among these.
    nothing = behaviour.search_finds_nothing / (1.0 - behaviour.search_plays)
    form = np.where(happens(rng, nothing, count), _NOTHING, choose(rng, _LOOKS_FOR, count))
    misspelt = (form < _GENRE) & happens(rng, behaviour.misspelt, count)
    found = (form != _NOTHING) & (~misspelt | happens(rng, behaviour.misspelt_finds, count))
    results = np.where(found, 1 + rng.poisson(_MEAN_RESULTS[form]), 0)
    return Searches(
        user=user,
        form=form,
        content=audience.shelf.choose(rng, people, user, people.country[user], moments.at),
        nonsense=choose(rng, _WANTED, count),
        misspelt=misspelt,
        slip=rng.random(count),
        results=results,
        clicked=(results > 0) & happens(rng, behaviour.search_clicks, count),
        position=np.minimum(rng.geometric(_TAKES_THE_NEXT, count), results),
        device=people.device[user],
        searched_at=moments.at,
    )


def search_batches(
    searches: Searches, catalogue: Catalogue, number: Ints, first: int
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of search_queries, in the order of time.

    Args:
        searches: by position of their user.
        catalogue: with the titles.
        number: of each user among all people.
        first: how many searches there are before these.

    """

    def make(rows: slice) -> pa.RecordBatch:
        unclicked = ~searches.clicked[rows]
        return pa.RecordBatch.from_pydict(
            {
                "id": keys(rows, first),
                "user_id": numbers(number[searches.user[rows]] + 1, pa.int64()),
                "query_text": _texts(taken(searches, rows), catalogue),
                "results_count": numbers(searches.results[rows], pa.int32()),
                "clicked_content_id": numbers(searches.content[rows] + 1, pa.int64(), unclicked),
                "clicked_position": numbers(searches.position[rows], pa.int32(), unclicked),
                "device_type": labels(DEVICES, searches.device[rows]),
                "searched_at": instants(searches.searched_at[rows]),
            }
        )

    return batches(len(searches.user), make)


def _texts(searches: Searches, catalogue: Catalogue) -> pa.Array:
    content = searches.content
    title = pc.utf8_lower(labels(catalogue.titles, content))
    # "the" alone finds everything: the beginning that people type is that of the word after it.
    word = pc.replace_substring_regex(title, "^the ", "")
    beginning = pc.utf8_trim_whitespace(pc.utf8_slice_codeunits(word, 0, _LETTERS))
    genre = pc.utf8_lower(labels(names.GENRES, catalogue.genre[content]))
    nonsense = labels(names.UNANSWERABLE, searches.nonsense)
    meant = pc.choose(pa.array(searches.form), title, beginning, genre, nonsense)
    typed = misspell(meant.to_pylist(), searches.misspelt, searches.slip)
    return pa.array(typed, type=pa.string())
