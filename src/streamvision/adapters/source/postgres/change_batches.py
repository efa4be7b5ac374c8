"""Makes batches of typed rows from the changes of one table in a stretch of the log."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from streamvision.adapters.source.postgres.errors import SAFE, first_line
from streamvision.adapters.source.postgres.from_text import from_text
from streamvision.adapters.source.postgres.pgoutput import DELETE, INSERT, Relation
from streamvision.adapters.source.postgres.tuples import (
    TEXT,
    UNCHANGED,
    Flags,
    Integers,
    Stretch,
    Tuples,
    read_tuples,
)
from streamvision.adapters.source.postgres.unfit import unfit_column
from streamvision.domain import changes
from streamvision.domain.contract import Contract
from streamvision.domain.errors import SourceError
from streamvision.ports.arrow_types import changes_schema

_OPERATIONS = pa.array(["insert", "update", "delete"])
_INSERT, _UPDATE, _DELETE = range(3)


@dataclass(frozen=True)
class Layout:
    """Say where the columns of a table's contract stand in what the log tells of the table.

    Attributes:
        places: per column of the contract: its place among the log's.
        key: the places of the key's.
        width: how many columns the log tells.

    """

    contract: Contract
    schema: pa.Schema
    places: tuple[int, ...]
    key: tuple[int, ...]
    width: int


def layout_of(relation: Relation, contract: Contract) -> Layout:
    """Find a contract's columns among those of a table in the log.

    Raises:
        SourceError: when the table has others.

    """
    told = {name: place for place, name in enumerate(relation.columns)}
    wanted = {column.in_source for column in contract.columns}
    if told.keys() != wanted or not contract.key:
        raise altered(contract, _difference(set(told), wanted))
    places = {column.name: told[column.in_source] for column in contract.columns}
    return Layout(
        contract=contract,
        schema=changes_schema(contract),
        places=tuple(places.values()),
        key=tuple(places[name] for name in contract.key),
        width=len(told),
    )


@dataclass(frozen=True)
class TableChanges:
    """Hold the changes of one table in a stretch of the log.

    Attributes:
        kinds: each change's kind.
        moved: for each, whether it is an update that changed the key: it gives two rows.

    """

    layout: Layout
    tuples: Tuples
    kinds: np.ndarray
    moved: Flags

    def batch(self, positions: Integers, commit_lsns: Integers, committed_at: Integers) -> pa.RecordBatch:
        """Return the rows, in the order of the log.

        Args:
            positions: each change's; one that moved a row takes the next one too.
            commit_lsns: each change's.
            committed_at: each change's, in microseconds since 1970.

        Raises:
            SourceError: when a value cannot be read.

        """
        rows = _Rows.of(self)
        change = rows.change
        after_move = rows.is_after_move
        row_positions = positions[change] + after_move
        technical = {
            changes.OPERATION: _OPERATIONS.take(pa.array(rows.operations)),
            changes.COMMIT_LSN: pa.array(commit_lsns[change]),
            changes.COMMITTED_AT: pa.array(committed_at[change]),
            changes.POSITION: pa.array(row_positions),
            changes.MOVED_FROM: pa.array(row_positions - 1, mask=~after_move),
        }
        return self._with_data(rows, technical)

    def _with_data(self, rows: "_Rows", technical: dict[str, pa.Array]) -> pa.RecordBatch:
        schema, names = self.layout.schema, self.layout.contract.column_names
        found: dict[str, pa.Array] = dict(technical)
        kept = np.zeros((len(names), len(rows.change)), np.bool_)
        unfit: dict[str, pa.StringArray] = {}
        for number, (name, place) in enumerate(zip(names, self.layout.places, strict=True)):
            texts, kept[number] = self._texts(rows, place)
            found[name], beyond = self._typed(texts, schema.field(name))
            if beyond is not None:
                unfit[name] = beyond
        found[changes.UNCHANGED] = _json_lists(names, kept)
        if changes.UNFIT in schema.names:
            found[changes.UNFIT] = unfit_column(unfit, len(rows.change))
        return pa.RecordBatch.from_arrays(
            [found[field.name].cast(field.type) for field in schema], schema=schema
        )

    def _texts(self, rows: "_Rows", place: int) -> tuple[pa.StringArray, Flags]:
        """Return a column's texts, and where they stay what they were without being repeated."""
        kinds = self.tuples.kinds[place]
        is_key = place in self.layout.key
        source = rows.tuples
        unchanged = (kinds[source] == UNCHANGED) & ~rows.is_old
        if np.any(unchanged):
            # The old row, where it is told, is the one before, and may have the value.
            told = unchanged & self.tuples.both[rows.change] & (kinds[source - 1] == TEXT)
            source = source - told
            unchanged &= ~told
            if is_key and np.any(unchanged):
                raise self._refused("it does not tell the key of a row")
        absent = kinds[source] != TEXT
        if not is_key:
            absent = absent | rows.is_old
        try:
            return self.tuples.texts(place, source, absent), unchanged
        except pa.ArrowInvalid as error:
            raise self._refused(f"a text is not what its encoding says ({first_line(error)})") from error

    def _typed(self, texts: pa.StringArray, field: pa.Field) -> tuple[pa.Array, pa.StringArray | None]:
        try:
            return from_text(texts, field)
        except ValueError as error:
            problem = (
                f"a value of the column {field.name} cannot be read as {field.type} ({first_line(error)})"
            )
            raise self._refused(problem) from error

    def _refused(self, what: str) -> SourceError:
        return unreadable(self.layout.contract, what)


def table_changes(stretch: Stretch, which: Integers, layout: Layout) -> TableChanges:
    """Read the changes to one table that stand at some places of a stretch, growing.

    Raises:
        SourceError: when they are not what the plugin writes.

    """
    tuples = read_tuples(stretch, which, layout.width)
    moved = np.zeros(len(which), np.bool_)
    old = tuples.first[tuples.both]
    if len(old):
        try:
            moved[tuples.both] = _differ(tuples, old, layout.key)
        except pa.ArrowInvalid as error:
            raise unreadable(
                layout.contract, f"a key is not what its encoding says ({first_line(error)})"
            ) from error
    return TableChanges(layout, tuples, stretch.kinds[which], moved)


def truncation(layout: Layout, position: int, commit_lsn: int, committed_at: int) -> pa.RecordBatch:
    """Return the one row that tells that a table was emptied."""
    row = {
        changes.OPERATION: "truncate",
        changes.COMMIT_LSN: commit_lsn,
        changes.COMMITTED_AT: committed_at,
        changes.POSITION: position,
    }
    return pa.RecordBatch.from_arrays(
        [pa.array([row.get(field.name)], field.type) for field in layout.schema], schema=layout.schema
    )


def altered(contract: Contract, how: str) -> SourceError:
    """Return the error for a table that is not what its contract says."""
    return SourceError(
        f"The table was altered while its changes were read: {how}",
        where=f"table {contract.table}",
        safe=SAFE,
        next_command="run the same command again: the table is then read whole",
    )


def unreadable(contract: Contract, what: str) -> SourceError:
    """Return the error for changes that cannot be read."""
    return SourceError(
        f"The source's log of changes cannot be read: {what}",
        where=f"table {contract.table}",
        safe=SAFE,
        next_command="run the same command with STREAMVISION_EXTRACTION=snapshot: tables are then read whole",
    )


@dataclass(frozen=True)
class _Rows:
    """Say what the rows of a batch are made of.

    Attributes:
        change: per row, the number of its change.
        tuples: per row, the number of the tuple that has its values.
        is_old: whether that is an old row, of which only the key counts.
        is_after_move: whether the row is the new one of a change of the key.

    """

    change: Integers
    tuples: Integers
    is_old: Flags
    is_after_move: Flags
    operations: Integers

    @classmethod
    def of(cls, found: TableChanges) -> "_Rows":
        change = np.repeat(np.arange(len(found.kinds)), 1 + found.moved)
        is_second = np.zeros(len(change), np.bool_)
        is_second[1:] = change[1:] == change[:-1]
        kinds, moved = found.kinds[change], found.moved[change]
        is_old = (kinds == DELETE) | (moved & ~is_second)
        tuples = found.tuples.first[change] + (found.tuples.both[change] & ~is_old)
        operations = np.where(is_old, _DELETE, np.where(kinds == INSERT, _INSERT, _UPDATE))
        return cls(change, tuples, is_old, is_second, operations)


def _differ(tuples: Tuples, old: Integers, key: Sequence[int]) -> Flags:
    """Tell of updates, by the numbers of their old rows, which have another key in the new one."""
    differ = np.zeros(len(old), np.bool_)
    for place in key:
        old_kind, new_kind = tuples.kinds[place][old], tuples.kinds[place][old + 1]
        before = tuples.texts(place, old, old_kind != TEXT)
        after = tuples.texts(place, old + 1, new_kind != TEXT)
        other_text = pc.fill_null(pc.not_equal(before, after), fill_value=False)
        other = (old_kind != new_kind) | other_text.to_numpy(zero_copy_only=False)
        differ |= other & (new_kind != UNCHANGED)
    return differ


def _json_lists(names: Sequence[str], kept: Flags) -> pa.StringArray:
    """Return, for each row, the list of the columns that are marked; NULL where none is."""
    texts: list[str | None] = [None] * kept.shape[1]
    known: dict[bytes, str] = {}
    for row in np.flatnonzero(kept.any(axis=0)):
        marks = kept[:, row]
        text = known.get(marks.tobytes())
        if text is None:
            text = json.dumps(
                [names[number] for number in np.flatnonzero(marks).tolist()], ensure_ascii=False
            )
            known[marks.tobytes()] = text
        texts[row] = text
    return pa.array(texts, pa.string())


def _difference(told: set[str], wanted: set[str]) -> str:
    parts = []
    if missing := sorted(wanted - told):
        parts.append(f"it has no column {', '.join(missing)}")
    if more := sorted(told - wanted):
        parts.append(f"it has a column {', '.join(more)}")
    return " and ".join(parts) or "it has no key"
