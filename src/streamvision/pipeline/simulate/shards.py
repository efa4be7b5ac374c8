"""The parts of the people, drawn by several processes at once; what comes out does not depend on how many."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from functools import lru_cache
from multiprocessing import get_context

import pyarrow as pa
import pyarrow.compute as pc

from streamvision.pipeline.simulate.catalogue import Catalogue, make_catalogue
from streamvision.pipeline.simulate.chance import Chance
from streamvision.pipeline.simulate.choices import Shelf
from streamvision.pipeline.simulate.history import Shard, make_shard, shard_tables
from streamvision.pipeline.simulate.spec import SimulationSpec

Rows = list[tuple[str, list[pa.RecordBatch]]]
_EVENTS = "subscription_events"


@lru_cache(maxsize=1)
def stocked(spec: SimulationSpec) -> tuple[Catalogue, Shelf]:
    """Return the catalogue of the history, and the shelf from which people choose."""
    catalogue = make_catalogue(spec, Chance(spec.seed))
    return catalogue, Shelf(spec.behaviour, catalogue, spec.history)


def part_of(spec: SimulationSpec, number: int) -> Shard:
    """Draw a part of the people and what they did."""
    return make_shard(spec, *stocked(spec), number)


def rows_of(spec: SimulationSpec, shard: Shard, number: int) -> Rows:
    """Return the rows of a part; its events are numbered from 1."""
    catalogue, _ = stocked(spec)
    return [(table, list(batches)) for table, batches in shard_tables(spec, catalogue, shard, number, 0)]


def people_rows(spec: SimulationSpec, first: Shard, workers: int) -> Iterator[tuple[str, pa.RecordBatch]]:
    """Yield the rows of all parts, those of one after those of another, by table.

    Args:
        spec: what to simulate.
        first: the first part, drawn already.
        workers: how many processes draw the others; with one, this process does.

    """
    events = 0
    for part in _parts(spec, first, workers):
        of_part = 0
        for table, batches in part:
            for batch in batches:
                of_part += batch.num_rows if table == _EVENTS else 0
                yield table, _numbered(batch, events) if table == _EVENTS else batch
        events += of_part


def _parts(spec: SimulationSpec, first: Shard, workers: int) -> Iterator[Rows]:
    yield rows_of(spec, first, 0)
    numbers = range(1, spec.shards)
    if workers == 1 or not numbers:
        for number in numbers:
            yield _draw(spec, number)
        return
    # Not forked: this process may hold threads of its own by now.
    pool = ProcessPoolExecutor(min(workers, len(numbers)), mp_context=get_context("spawn"))
    try:
        drawn: deque[Future[Rows]] = deque()
        for number in numbers:
            drawn.append(pool.submit(_draw, spec, number))
            # As many as there are processes lie ready, and no more: a part takes much memory.
            if len(drawn) > workers:
                yield drawn.popleft().result()
        while drawn:
            yield drawn.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _draw(spec: SimulationSpec, number: int) -> Rows:
    return rows_of(spec, part_of(spec, number), number)


def _numbered(batch: pa.RecordBatch, before: int) -> pa.RecordBatch:
    place = batch.schema.get_field_index("id")
    return batch.set_column(place, batch.schema.field(place), pc.add(batch["id"], before))
