"""Finds which rows in quarantine the source has told of anew since: those must not become current again."""

from collections.abc import Mapping

from streamvision.adapters.warehouse.duckdb.sql_text import all_hold, identifier, literal
from streamvision.adapters.warehouse.duckdb.tables import StoredTable
from streamvision.domain.changes import OPERATION, POSITION
from streamvision.ports.warehouse import IncomingTable

TOLD = "_told_since"
"""Column of the chosen rows: where the source's newer word on the row is; NOWHERE where there is none."""
NOWHERE, IN_QUARANTINE, IN_RAW = 0, 1, 2
CHOSEN = "chosen_rows"
"""The temporary table of the rows that a decision chose: table_name, batch_id, source_file, source_row."""


class Telling:
    """Say, as SQL, what was told of the rows of one table in a batch and after it."""

    def __init__(self, stored: StoredTable, table: IncomingTable, batch_id: str) -> None:
        """Take the table as it is kept, and as it is in the batch."""
        self._stored, self._mode, self._batch = stored, table.mode, literal(batch_id)
        self._key = [name for name in stored.contract.key if name in stored.columns]
        self._name = literal(table.contract.table)

    def told_since(self, row: str) -> str:
        """Return the expression of where the newer word on an incoming row is."""
        if not self._key:
            return f"case when {self._later_picture()} then {IN_RAW} else {NOWHERE} end"
        given = self._stored.values(row)
        later = f"(l._batch > {self._batch} or l._position > {row}.{POSITION})"
        in_raw, in_quarantine = (
            " or ".join(
                f"exists (select 1 from {told} as l where {later} and {same})"
                for same in (self._same_key("l", given), "l._empties")
            )
            for told in (self._in_raw(), self._in_quarantine())
        )
        return (
            f"case when {self._later_picture()} or {in_raw} then {IN_RAW}"
            f" when {in_quarantine} then {IN_QUARANTINE} else {NOWHERE} end"
        )

    def lacks_one_before(self, row: str) -> str:
        """Return the condition that a change of the batch that came before a kept row is still missing."""
        given = {name: f"{row}.{identifier(name)}" for name in self._key}
        before = f"l._batch = {self._batch} and l._position < {row}.{POSITION}"
        not_chosen = (
            f"not exists (select 1 from {CHOSEN} as c where c.table_name = {self._name}"
            " and c.batch_id = l._batch and c.source_file = l._file and c.source_row = l._row)"
        )
        return " or ".join(
            f"exists (select 1 from {self._in_quarantine()} as l where {before} and {same} and {not_chosen})"
            for same in (self._same_key("l", given), "l._empties")
        )

    def missing_since(self, version: str, since: str) -> str:
        """Return the condition that a change of a version's row, in a batch or after it, is not loaded."""
        given = {name: f"{version}.{identifier(name)}" for name in self._key}
        # A key that cannot be read may be any.
        same = all_hold(f"coalesce(l.{identifier(name)} = {value}, true)" for name, value in given.items())
        return (
            f"exists (select 1 from {self._in_quarantine(literal(''))} as l"
            f" where l._batch >= {since} and ({same} or l._empties))"
        )

    def told_after(self, version: str, position: int) -> str:
        """Return the condition that RAW has a word on a version's row from after a place in the batch."""
        given = {name: f"{version}.{identifier(name)}" for name in self._key}
        return (
            f"exists (select 1 from {self._in_raw()} as l where {self._same_key('l', given)}"
            f" and (l._batch > {self._batch} or l._position > {position}))"
        )

    def _later_picture(self) -> str:
        return (
            f"exists (select 1 from ops.batches where table_name = {self._name} and mode = 'snapshot'"
            f" and batch_id > {self._batch})"
        )

    def _same_key(self, row: str, given: Mapping[str, str]) -> str:
        return all_hold(f"{row}.{identifier(name)} = {given[name]}" for name in self._key)

    def _in_raw(self) -> str:
        key = "".join(f"{identifier(name)}, " for name in self._key)
        return (
            f"(select {key}_batch_id as _batch, {POSITION} as _position,"
            f" coalesce({OPERATION} = 'truncate', false) as _empties"
            f" from {self._stored.raw} where _batch_id >= {self._batch})"
        )

    def _in_quarantine(self, since: str = "") -> str:
        key = "".join(
            f"try_cast({_told_value(name)} as {self._stored.columns[name]}) as {identifier(name)}, "
            for name in self._key
        )
        return (
            f"(select {key}batch_id as _batch, source_file as _file, source_row as _row,"
            f" try_cast({_told_value(POSITION)} as bigint) as _position,"
            f" coalesce({_told_value(OPERATION)} = 'truncate', false) as _empties"
            f" from quarantine.rows where table_name = {self._name} and status <> 'released'"
            f" and batch_id >= {since or self._batch})"
        )


def _told_value(name: str) -> str:
    """Return the text of a value of a row in quarantine."""
    pointer = "/" + name.replace("~", "~0").replace("/", "~1")
    return f"json_extract_string(row_values, {literal(pointer)})"
