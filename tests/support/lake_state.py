"""Reads the state that a lake holds, in plain Python: the reference that loads are held against."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow.parquet as pq

from streamvision.domain.batch import Batch
from streamvision.domain.changes import (
    MOVED_FROM,
    OPERATION,
    POSITION,
    UNCHANGED,
)
from streamvision.domain.manifest import TableManifest, parse_batch_manifest
from streamvision.pipeline.extract.modes import batches_in, known_tables
from streamvision.ports.lake import Lake

Rows = list[dict[str, Any]]


def lake_state(lake: Lake, until: Batch | None = None) -> dict[str, Rows]:
    """Return the rows of every table after the batches up to one, whose files must be Parquet."""
    state: dict[str, Rows] = {}
    for batch in batches_in(lake):
        if until is not None and batch > until:
            break
        state = after_batch(lake, batch, state)
    return state


def after_batch(lake: Lake, batch: Batch, state: Mapping[str, Rows]) -> dict[str, Rows]:
    """Return the rows of every table of a batch, given those after the batch before."""
    content = lake.get(batch.manifest_key)
    assert content is not None
    tables = known_tables(lake, batch, parse_batch_manifest(content, batch))
    return {
        table.table: _after(table, _file_rows(lake, table), state.get(table.table, [])) for table in tables
    }


def _file_rows(lake: Lake, table: TableManifest) -> Rows:
    rows: Rows = []
    for entry in table.files:
        with lake.local_file(entry.key) as path:
            found = pq.ParquetFile(path).read().to_pylist()
        assert len(found) == entry.rows
        rows += found
    return rows


def _after(table: TableManifest, rows: Rows, before: Rows) -> Rows:
    if table.mode == "snapshot":
        return [_data(row) for row in rows]
    state = {_key(row, table.key): row for row in before}
    assert len(state) == len(before)
    if table.mode == "cursor":
        return list((state | {_key(row, table.key): _data(row) for row in rows}).values())
    gone: dict[int, dict[str, Any]] = {}
    last = -1
    for row in rows:
        assert row[POSITION] > last, "changes come in the order of their commits"
        last = row[POSITION]
        _apply(row, table.key, state, gone)
    return list(state.values())


def _apply(
    row: Mapping[str, Any],
    key_columns: Sequence[str],
    state: dict[tuple[Any, ...], dict[str, Any]],
    gone: dict[int, dict[str, Any]],
) -> None:
    key = _key(row, key_columns)
    if row[OPERATION] == "truncate":
        state.clear()
    elif row[OPERATION] == "delete":
        gone[row[POSITION]] = state.pop(key)
    elif row[OPERATION] == "insert":
        assert key not in state, "an insert meets no row of its key"
        state[key] = _data(row)
    else:
        old = state[key] if row[MOVED_FROM] is None else gone[row[MOVED_FROM]]
        kept = {name: old[name] for name in json.loads(row[UNCHANGED] or "[]")}
        state[key] = _data(row) | kept


def _data(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if not name.startswith("_") or name == "_unfit"}


def _key(row: Mapping[str, Any], names: Sequence[str]) -> tuple[Any, ...]:
    return tuple(row[name] for name in names)
