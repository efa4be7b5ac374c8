"""Takes what passed into RAW and the versions in Snowflake, inside a transaction that the caller holds."""

from datetime import datetime

from streamvision.adapters.warehouse.duckdb.sql_text import duckdb_type
from streamvision.adapters.warehouse.duckdb.tables import OUTDATED, VALID_FROM, VALID_TO, StoredTable
from streamvision.adapters.warehouse.snowflake.connection import Session
from streamvision.adapters.warehouse.snowflake.sql_text import (
    all_hold,
    converted,
    identifier,
    literal,
    name_list,
    same_values,
    snowflake_type,
)
from streamvision.adapters.warehouse.snowflake.tables import PictureKeys, Place
from streamvision.domain.changes import (
    COMMIT_LSN,
    COMMITTED_AT,
    MOVED_FROM,
    OPERATION,
    POSITION,
    UNCHANGED,
)

_UNTIL, _OUT, _SINCE = identifier(VALID_TO), identifier(OUTDATED), identifier(VALID_FROM)
_FILE, _ROW = identifier("_source_file"), identifier("_source_row")
_SAME_PLACE = f"v.{_FILE} = gone.{_FILE} AND v.{_ROW} = gone.{_ROW}"


class Applying:
    """Apply what was judged of one table of a batch."""

    def __init__(
        self, session: Session, place: Place, keys: PictureKeys, stored: StoredTable, batch_id: str
    ) -> None:
        """Take the table with the types in which it is kept."""
        self._keys = keys
        self._session, self._stored, self._batch_id = session, stored, literal(batch_id)
        self._table = stored.contract.table
        self._raw, self._versions = place.raw(self._table), place.versions(self._table)

    def insert_raw(self, rows: str, loaded_at: datetime, broken: str = "") -> int:
        """Insert landed rows that are not broken, and return how many they are.

        Args:
            rows: the relation of the rows, with SOURCE_KEY and SOURCE_NUMBER.
            loaded_at: when.
            broken: the shipped rows of quarantine; empty where no row of the table is among them.

        """
        given = {each.name: duckdb_type(each.type) for each in self._stored.contract.columns}
        values = {
            name: converted(f"l.{identifier(name)}", snowflake_type(given[name]), snowflake_type(kept))
            for name, kept in self._stored.columns.items()
            if name in given
        }
        values |= {
            OPERATION: f"COALESCE(l.{identifier(OPERATION)}, 'read')",
            **{
                name: f"l.{identifier(name)}"
                for name in (COMMIT_LSN, COMMITTED_AT, POSITION, UNCHANGED, MOVED_FROM)
            },
            "_batch_id": self._batch_id,
            "_source_file": "l.SOURCE_KEY",
            "_source_row": "l.SOURCE_NUMBER",
            "_loaded_at": f"CAST({literal(loaded_at.isoformat())} AS TIMESTAMP_TZ(6))",
        }
        passed = (
            f" WHERE NOT EXISTS (SELECT 1 FROM {broken} AS b WHERE b.TABLE_NAME = {literal(self._table)}"
            " AND b.SOURCE_FILE = l.SOURCE_KEY AND b.SOURCE_ROW = l.SOURCE_NUMBER)"
            if broken
            else ""
        )
        return self._session.run(
            f"INSERT INTO {self._raw} ({name_list(values)})"
            f" SELECT {', '.join(values.values())} FROM {rows} AS l{passed}"
        )

    def take_picture(self) -> None:
        """Make the rows of a snapshot, in RAW already, the current ones; those that are the same go on."""
        key = self._stored.contract.key
        if key and self._keys.is_same(self._table, key):
            self._end_all_but()
        else:
            self._end_all_but_as_often()
        self._keys.note(self._table, key)

    def distrust(self) -> None:
        """Mark all current rows as outdated: what changed of them could not be loaded."""
        self._session.run(
            f"UPDATE {self._versions} SET {_OUT} = {self._batch_id} WHERE {_UNTIL} IS NULL AND {_OUT} IS NULL"
        )

    def _end_all_but(self) -> None:
        """End the current rows that are not in a snapshot as they are, and begin those that are new."""
        same_key = all_hold(
            f"n.{identifier(name)} = c.{identifier(name)}" for name in self._stored.contract.key
        )
        same = same_values(self._stored.columns, "n", "c")
        passing = self._passing()
        self._end(
            f"SELECT c.{_FILE}, c.{_ROW} FROM {self._versions} AS c LEFT JOIN {passing} AS n ON {same_key}"
            f" AND {same} WHERE c.{_UNTIL} IS NULL AND (n.{_FILE} IS NULL OR c.{_OUT} IS NOT NULL)"
        )
        self._begin(
            f"{passing} AS n LEFT JOIN {self._versions} AS c ON c.{_UNTIL} IS NULL AND {same_key}"
            f" WHERE c.{_FILE} IS NULL"
        )

    def _end_all_but_as_often(self) -> None:
        """Do the same where no key tells rows apart: of equal rows, as many go on as there are."""
        # A list cannot part rows, but its text can.
        values = [
            f"TO_JSON({identifier(name)})" if type_ == "VARCHAR[]" else identifier(name)
            for name, type_ in self._stored.columns.items()
        ]
        parted = f"PARTITION BY {', '.join(values)} " if values else ""
        numbered = f"ROW_NUMBER() OVER ({parted}ORDER BY {_FILE}, {_ROW}) AS _NUMBER"
        current = f"(SELECT *, {numbered} FROM {self._versions} WHERE {_UNTIL} IS NULL AND {_OUT} IS NULL)"
        passing = f"(SELECT *, {numbered} FROM {self._passing()} AS p)"
        same = f"n._NUMBER = c._NUMBER AND {same_values(self._stored.columns, 'n', 'c')}"
        self._end(
            f"SELECT c.{_FILE}, c.{_ROW} FROM {current} AS c LEFT JOIN {passing} AS n ON {same}"
            f" WHERE n.{_FILE} IS NULL"
        )
        self._session.run(
            f"UPDATE {self._versions} SET {_UNTIL} = {self._batch_id}"
            f" WHERE {_UNTIL} IS NULL AND {_OUT} IS NOT NULL"
        )
        # Those that go on are the first of their equals, so they still have the numbers that they had.
        self._begin(f"{passing} AS n LEFT JOIN {current} AS c ON {same} WHERE c.{_FILE} IS NULL")

    def _passing(self) -> str:
        return f"(SELECT * FROM {self._raw} WHERE {identifier('_batch_id')} = {self._batch_id})"

    def _end(self, gone: str) -> None:
        self._session.run(
            f"UPDATE {self._versions} AS v SET {_UNTIL} = {self._batch_id} FROM ({gone}) AS gone"
            f" WHERE v.{_UNTIL} IS NULL AND {_SAME_PLACE}"
        )

    def _begin(self, rows: str) -> None:
        names = [*self._stored.columns, "_source_file", "_source_row"]
        self._session.run(
            f"INSERT INTO {self._versions} ({name_list([*names, VALID_FROM])})"
            f" SELECT {name_list(names, 'n')}, {self._batch_id} FROM {rows}"
        )
