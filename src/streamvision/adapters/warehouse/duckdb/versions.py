"""Keeps the versions of each row: one per row and batch that changed it. Those without an end are current."""

from collections.abc import Iterable

import duckdb

from streamvision.adapters.warehouse.duckdb.arrived import IS_ROW, PLACE, ROWS
from streamvision.adapters.warehouse.duckdb.checks import BROKEN, anything_broke
from streamvision.adapters.warehouse.duckdb.column_types import same
from streamvision.adapters.warehouse.duckdb.net import (
    NET,
    last_truncate,
    passing_rows,
    same_key,
)
from streamvision.adapters.warehouse.duckdb.sql_text import all_hold, identifier, literal, name_list
from streamvision.adapters.warehouse.duckdb.tables import (
    OUTDATED,
    VALID_FROM,
    VALID_TO,
    StoredTable,
    versions_of,
)
from streamvision.domain.contract import Contract
from streamvision.domain.names import VERSIONS_SUFFIX

_NUMBERED = "numbered"
_TOUCHED = "touched"


class Versions:
    """Bring the versions of one table to where a batch left its rows."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, stored: StoredTable, batch_id: str) -> None:
        """Take the table; `arrived` and `broken` are there, and nothing more will be broken."""
        self._connection, self._stored = connection, stored
        self._batch_id = literal(batch_id)

    def take_picture(self) -> None:
        """Make the rows of a snapshot, which are in RAW, the current ones; those that are the same go on."""
        picture = f"(select * from {self._stored.part('snapshot')} where _batch_id = {self._batch_id})"
        if not self._is_empty():
            # Rows that came under no key, or another one, need not differ in this one.
            if self._stored.contract.key and self._has_same_key():
                picture = self._end_all_but(picture)
            else:
                picture = self._end_all_but_as_often(picture)
        self._begin(picture)
        self._connection.execute(f"comment on table {self._stored.versions} is {literal(self._key)}")

    def add_rows(self) -> None:
        """Make the passing rows current beside those that are."""
        self._begin(passing_rows(self._connection, self._stored))

    def take_changes(self) -> None:
        """Do to the current rows what `net` says."""
        # An outdated version is not what the row was lately, even where the row has come to its values again.
        stays = f"v.{OUTDATED} is null and n.{IS_ROW} and {self._same_values('n', 'v')}"
        # The versions are many and the changes few: one look at them finds all that is to be known.
        self._connection.execute(
            f"create or replace temporary table {_TOUCHED} as select v.rowid as _version, n.{PLACE},"
            f" {stays} as _stays from {NET} as n join {self._stored.versions} as v"
            f" on v.{VALID_TO} is null and {self._same_key('n', 'v')}"
        )
        if last_truncate(self._connection):
            self._end(f"rowid not in (select _version from {_TOUCHED} where _stays)")
        else:
            self._end(f"rowid in (select _version from {_TOUCHED} where not _stays)")
        staying = f"select {PLACE} from {_TOUCHED} where _stays"
        self._begin(f"(select * from {NET} where {IS_ROW} and {PLACE} not in ({staying}))")
        if anything_broke(self._connection):
            self._mark_outdated()

    def _end_all_but(self, picture: str) -> str:
        """End the current rows that are not in a snapshot as they are; return the rows that are new."""
        same_row = f"v.{OUTDATED} is null and {self._same_key('n', 'v')} and {self._same_values('n', 'v')}"
        self._end(f"not exists (select 1 from {picture} as n where {same_row})")
        return f"(select * from {picture} as n where not exists ({self._current('n')}))"

    def _end_all_but_as_often(self, picture: str) -> str:
        """Do the same where no key tells rows apart: of equal rows, as many go on as there are."""
        columns = self._stored.columns
        values = [identifier(name) for name in columns]
        # 0 and -0 are not the same, but would be counted together.
        signs = [
            f"signbit({identifier(name)})" for name, type_ in columns.items() if type_ in {"FLOAT", "DOUBLE"}
        ]
        parted = f"partition by {', '.join([*values, *signs])}" if values else ""
        numbered = f"row_number() over ({parted} order by _source_file, _source_row) as _number"
        self._connection.execute(
            f"create or replace temporary table {_NUMBERED} as select *, {numbered}"
            f" from {self._stored.versions} where {VALID_TO} is null and {OUTDATED} is null"
        )
        # All values count here, those of a key too: the versions may not be told apart by it.
        matches = f"n._number = v._number and {self._same(self._stored.columns, 'n', 'v')}"
        arrived = f"(select *, {numbered} from {picture})"
        self._end(
            f"({OUTDATED} is not null or (_source_file, _source_row) in"
            f" (select (_source_file, _source_row) from {_NUMBERED} as v"
            f" where not exists (select 1 from {arrived} as n where {matches})))"
        )
        known = f"select 1 from {_NUMBERED} as v where {matches}"
        return f"(select * from {arrived} as n where not exists ({known}))"

    def _mark_outdated(self) -> None:
        """Mark the current rows of which a later change is in quarantine."""
        key = [identifier(name) for name in self._stored.contract.key]
        values = self._stored.values("p")
        broken = ", ".join(f"{values[name]} as {identifier(name)}" for name in self._stored.contract.key)
        self._connection.execute(
            f"update {self._stored.versions} as v set {OUTDATED} = {self._batch_id}"
            f" from (select {broken}, max(p.{PLACE}) as {PLACE} from {ROWS} as p join {BROKEN} as b"
            " on b.source_file = p._source_file and b.source_row = p._source_row group by all) as late"
            f" where v.{VALID_TO} is null and v.{OUTDATED} is null and {self._same_key('late', 'v')}"
            f" and late.{PLACE} > {last_truncate(self._connection)} and not exists (select 1 from {NET} as n"
            f" where {all_hold(f'n.{name} = late.{name}' for name in key)} and n.{PLACE} > late.{PLACE})"
        )

    @property
    def _key(self) -> str:
        return name_list(self._stored.contract.key)

    def _has_same_key(self) -> bool:
        """Tell whether the picture before was taken under the same key, which stands in the comment."""
        found = self._connection.execute(
            "select comment from duckdb_tables() where database_name = current_database()"
            " and schema_name = 'raw' and table_name = $name",
            {"name": self._stored.contract.table + VERSIONS_SUFFIX},
        ).fetchone()
        return found is not None and found[0] == self._key

    def _is_empty(self) -> bool:
        found = self._connection.execute(
            f"select 1 from {self._stored.versions} where {VALID_TO} is null limit 1"
        ).fetchone()
        return found is None

    def _end(self, condition: str) -> None:
        self._connection.execute(
            f"update {self._stored.versions} as v set {VALID_TO} = {self._batch_id}"
            f" where {VALID_TO} is null and {condition}"
        )

    def _begin(self, rows: str) -> None:
        columns = [*self._stored.columns, "_source_file", "_source_row"]
        self._connection.execute(
            f"insert into {self._stored.versions} ({name_list([*columns, VALID_FROM])})"
            f" select {name_list(columns)}, {self._batch_id} from {rows}"
        )

    def _current(self, row: str) -> str:
        """Return the query of the current row with another row's key."""
        return (
            f"select 1 from {self._stored.versions} as v where v.{VALID_TO} is null"
            f" and {self._same_key(row, 'v')}"
        )

    def _same_key(self, first: str, second: str) -> str:
        return same_key(self._stored, first, second)

    def _same_values(self, first: str, second: str) -> str:
        key = set(self._stored.contract.key)
        return self._same([name for name in self._stored.columns if name not in key], first, second)

    def _same(self, names: Iterable[str], first: str, second: str) -> str:
        return all_hold(
            same(f"{first}.{identifier(name)}", f"{second}.{identifier(name)}", self._stored.columns[name])
            for name in names
        )


def distrust(connection: duckdb.DuckDBPyConnection, contract: Contract, batch_id: str) -> None:
    """Mark all current rows of a table as outdated: what changed of them could not be loaded."""
    connection.execute(
        f"update {versions_of(contract.table)} set {OUTDATED} = {literal(batch_id)}"
        f" where {VALID_TO} is null and {OUTDATED} is null"
    )
