"""Searches: what people looked for, and what they clicked."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from streamvision.pipeline.simulate import names
from streamvision.pipeline.simulate.catalogue import Catalogue
from streamvision.pipeline.simulate.chance import Chance, choose, happens
from streamvision.pipeline.simulate.choices import choose_titles
from streamvision.pipeline.simulate.columns import Bools, Ints, batches, instants, keys, labels, numbers
from streamvision.pipeline.simulate.moments import draw_moments
from streamvision.pipeline.simulate.people import DEVICES, People
from streamvision.pipeline.simulate.spec import SimulationSpec
from streamvision.pipeline.simulate.subscriptions import Spells

_WHOLE_TITLE, _BEGINNING, _GENRE, _NOTHING = range(4)
_LOOKS_FOR = (0.44, 0.26, 0.22, 0.08)
_MEAN_RESULTS = np.array([3.0, 9.0, 45.0, 0.0])
_LETTERS = 6
_CLICKS = 0.62
_TAKES_THE_NEXT = 0.45


@dataclass(frozen=True)
class Searches:
    """Keep the searches in the order of time.

    Attributes:
        form: whether they typed a title, its beginning, a genre, or what does not exist.
        content: the title they had in mind.
        position: where it stood among the results, from 1; of no meaning without a click.

    """

    user: Ints
    form: Ints
    content: Ints
    nonsense: Ints
    results: Ints
    clicked: Bools
    position: Ints
    device: Ints
    searched_at: Ints


def make_searches(
    spec: SimulationSpec, chance: Chance, people: People, spells: Spells, catalogue: Catalogue
) -> Searches:
    """Let subscribers look for titles that they could play at that moment."""
    rng = chance.topic("searches")
    count = spec.volumes.search_queries
    moments = draw_moments(spec, people, spells, rng, count)
    user = spells.user[moments.spell]
    form = choose(rng, _LOOKS_FOR, count)
    found = form != _NOTHING
    results = np.where(found, 1 + rng.poisson(_MEAN_RESULTS[form]), 0)
    return Searches(
        user=user,
        form=form,
        content=choose_titles(rng, people, catalogue, user, people.country[user], moments.at),
        nonsense=choose(rng, np.ones(len(names.UNANSWERABLE)), count),
        results=results,
        clicked=found & happens(rng, _CLICKS, count),
        position=np.minimum(rng.geometric(_TAKES_THE_NEXT, count), results),
        device=people.device[user],
        searched_at=moments.at,
    )


def search_batches(searches: Searches, catalogue: Catalogue) -> Iterator[pa.RecordBatch]:
    """Yield the rows of search_queries, in the order of time."""

    def make(rows: slice) -> pa.RecordBatch:
        unclicked = ~searches.clicked[rows]
        return pa.RecordBatch.from_pydict(
            {
                "id": keys(rows),
                "user_id": numbers(searches.user[rows] + 1, pa.int64()),
                "query_text": _texts(searches, catalogue, rows),
                "results_count": numbers(searches.results[rows], pa.int32()),
                "clicked_content_id": numbers(searches.content[rows] + 1, pa.int64(), unclicked),
                "clicked_position": numbers(searches.position[rows], pa.int32(), unclicked),
                "device_type": labels(DEVICES, searches.device[rows]),
                "searched_at": instants(searches.searched_at[rows]),
            }
        )

    return batches(len(searches.user), make)


def _texts(searches: Searches, catalogue: Catalogue, rows: slice) -> pa.Array:
    content = searches.content[rows]
    title = pc.utf8_lower(labels(catalogue.titles, content))
    # "the" alone finds everything: the beginning that people type is that of the word after it.
    word = pc.replace_substring_regex(title, "^the ", "")
    beginning = pc.utf8_trim_whitespace(pc.utf8_slice_codeunits(word, 0, _LETTERS))
    genre = pc.utf8_lower(labels(names.GENRES, catalogue.genre[content]))
    nonsense = labels(names.UNANSWERABLE, searches.nonsense[rows])
    return pc.choose(pa.array(searches.form[rows]), title, beginning, genre, nonsense)
