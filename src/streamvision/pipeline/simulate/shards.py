"""The parts of the people, drawn by several processes at once; what comes out does not depend on how many."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from itertools import chain, islice
from multiprocessing import get_context
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from streamvision.pipeline.simulate.catalogue import Catalogue, make_catalogue
from streamvision.pipeline.simulate.chance import Chance
from streamvision.pipeline.simulate.choices import Shelf
from streamvision.pipeline.simulate.history import Shard, make_shard, shard_tables
from streamvision.pipeline.simulate.spec import SimulationSpec

Rows = Sequence[tuple[str, Iterable[pa.RecordBatch]]]
T = TypeVar("T")

_EVENTS = "subscription_events"
_MOST_WORKERS = 2
"""Rows are drawn faster by them than a database takes them; more would only hold more memory."""


def usual_workers() -> int:
    """Return how many processes draw parts at once where nobody says: two, where there are two cores."""
    return min(os.cpu_count() or 1, _MOST_WORKERS)


@lru_cache(maxsize=1)
def stocked(spec: SimulationSpec) -> tuple[Catalogue, Shelf]:
    """Return the catalogue of the history, and the shelf from which people choose."""
    catalogue = make_catalogue(spec, Chance(spec.seed))
    return catalogue, Shelf(spec.behaviour, catalogue, spec.history)


def part_of(spec: SimulationSpec, number: int) -> Shard:
    """Draw a part of the people and what they did."""
    return make_shard(spec, *stocked(spec), number)


def people_rows(spec: SimulationSpec, first: Shard, workers: int) -> Iterator[tuple[str, pa.RecordBatch]]:
    """Yield the rows of all parts, those of one after those of another, by table.

    Args:
        spec: what to simulate.
        first: the first part, drawn already.
        workers: how many processes draw the others; with one, this process does.

    """
    events = 0
    with in_order(_draw, spec, range(1, spec.shards), workers) as others:
        catalogue, _ = stocked(spec)
        # Its rows are made while they are written; those of the others come from their processes.
        rows_of_first = shard_tables(spec, catalogue, first, 0, 0)
        for part in chain[Rows]([rows_of_first], others):
            of_part = 0
            for table, batches in part:
                for batch in batches:
                    of_part += batch.num_rows if table == _EVENTS else 0
                    yield table, _numbered(batch, events) if table == _EVENTS else batch
            events += of_part


@contextmanager
def in_order(
    draw: Callable[[SimulationSpec, int], T], spec: SimulationSpec, numbers: Sequence[int], workers: int
) -> Iterator[Iterator[T]]:
    """Lend what a function makes of some parts, in their order, for the length of a block.

    Args:
        draw: makes something of the part with a number; another process has to find it by its name.
        spec: what to simulate.
        numbers: of the parts.
        workers: how many processes work at once, from the beginning of the block; with one, this process
            does, as the parts are asked for.

    """
    if workers == 1 or not numbers:
        yield (draw(spec, number) for number in numbers)
        return
    # Not forked: this process may hold threads of its own by now.
    pool = ProcessPoolExecutor(min(workers, len(numbers)), mp_context=get_context("spawn"))
    try:
        # As many as there are processes lie ready, and no more: a part takes much memory.
        drawn = deque(pool.submit(draw, spec, number) for number in numbers[: workers + 1])
        yield _results(drawn, (pool.submit(draw, spec, number) for number in numbers[workers + 1 :]))
    finally:
        pool.shutdown(cancel_futures=True)


def _results(drawn: deque[Future[T]], following: Iterator[Future[T]]) -> Iterator[T]:
    while drawn:
        result = drawn.popleft().result()
        drawn.extend(islice(following, 1))
        yield result


def _draw(spec: SimulationSpec, number: int) -> Rows:
    """Return the rows of a part; its events are numbered from 1."""
    catalogue, _ = stocked(spec)
    drawn = shard_tables(spec, catalogue, part_of(spec, number), number, 0)
    return [(table, list(batches)) for table, batches in drawn]


def _numbered(batch: pa.RecordBatch, before: int) -> pa.RecordBatch:
    place = batch.schema.get_field_index("id")
    return batch.set_column(place, batch.schema.field(place), pc.add(batch["id"], before))
