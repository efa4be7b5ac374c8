"""A workbench on this machine, on which rows are judged by the code that judges for the DuckDB warehouse.

It holds the same tables as that warehouse, with those rows of Snowflake that the judgement needs: a slice.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa

from streamvision.adapters.warehouse.duckdb.connection import warehouse_errors
from streamvision.adapters.warehouse.duckdb.sql_text import duckdb_type, identifier, literal, name_list
from streamvision.adapters.warehouse.duckdb.tables import (
    ARRIVAL_COLUMNS,
    VALID_TO,
    VERSION_COLUMNS,
    create_fixed_tables,
    raw_parts,
    versions_of,
)
from streamvision.adapters.warehouse.snowflake import sql_text as sf
from streamvision.adapters.warehouse.snowflake.connection import Session
from streamvision.adapters.warehouse.snowflake.shipping import Shipment
from streamvision.adapters.warehouse.snowflake.tables import RAW_COLUMNS, Place, RawTables
from streamvision.domain.contract import Contract

_FETCHED = "fetched"


@contextmanager
def open_workbench(memory_limit: str = "") -> Iterator[duckdb.DuckDBPyConnection]:
    """Lend an empty workbench, in UTC; what does not fit into memory goes to a temporary folder."""
    with TemporaryDirectory(prefix="streamvision-workbench-") as folder, warehouse_errors(Path(folder)):
        connection = duckdb.connect(str(Path(folder) / "workbench.duckdb"))
        try:
            connection.execute("set timezone = 'UTC'")
            if memory_limit:
                connection.execute(f"set memory_limit = {literal(memory_limit)}")
            create_fixed_tables(connection)
            yield connection
        finally:
            connection.close()


class Slices:
    """Bring those rows of Snowflake's tables to the workbench that a judgement needs."""

    def __init__(
        self,
        session: Session,
        place: Place,
        tables: RawTables,
        bench: duckdb.DuckDBPyConnection,
        shipment: Shipment,
    ) -> None:
        """Take a session outside a transaction and an open workbench."""
        self._session, self._place, self._bench, self._shipment = session, place, bench, shipment
        self._tables = tables

    def make_tables(self, table: str, contract: Contract | None) -> dict[str, str]:
        """Make RAW and the versions of a table as Snowflake has them, without rows.

        Returns:
            Its data columns with their types of DuckDB; none where Snowflake has no such table.

        """
        expected, spelled = {}, {}
        for column in contract.columns if contract else ():
            expected[sf.upper(column.name)] = duckdb_type(column.type)
            spelled[sf.upper(column.name)] = column.name
        columns = {
            spelled.get(name, name.lower()): sf.duckdb_type_of(kept, expected.get(name))
            for name, kept in self._tables.columns(table).items()
        }
        if columns:
            snapshots, changes = raw_parts(table)
            for name, technical in (
                (snapshots, ARRIVAL_COLUMNS),
                (changes, RAW_COLUMNS),
                (versions_of(table), VERSION_COLUMNS),
            ):
                typed = ", ".join(
                    f"{identifier(each)} {type_}" for each, type_ in (columns | technical).items()
                )
                self._bench.execute(f"create table if not exists {name} ({typed})")
            self._bench.execute(
                f"create or replace view {identifier('raw', table)} as select * from {changes}"
            )
        return columns

    def bring_versions(
        self, table: str, columns: Mapping[str, str], of: Sequence[str] = (), wanted: str = ""
    ) -> None:
        """Bring current versions of a table: those with wanted values, or all.

        Args:
            table: the table.
            columns: its data columns with their types.
            of: the columns that the wanted values are of.
            wanted: a query on the workbench of those values.

        """
        self.bring_some_versions(table, columns, "TRUE" + self.are_wanted(of, wanted))

    def bring_some_versions(self, table: str, columns: Mapping[str, str], condition: str) -> None:
        """Bring those current versions `t` of a table of which a condition holds."""
        self.bring(
            (self._place.versions(table), versions_of(table)),
            dict(columns) | VERSION_COLUMNS,
            f"t.{sf.identifier(VALID_TO)} IS NULL AND {condition}",
        )

    def are_wanted(self, of: Sequence[str], wanted: str) -> str:
        """Return, as one more condition on a row `t`, that it has wanted values; nothing where all are."""
        if not of:
            return ""
        names = [f"k{number}" for number in range(len(of))]
        renamed = f"select distinct * from ({wanted}) as wanted ({', '.join(names)})"
        if not self._bench.execute(f"select 1 from ({renamed}) limit 1").fetchone():
            return " AND FALSE"
        shipped = self._shipment.ship(self._bench, "WANTED", renamed)
        same = " AND ".join(
            f"w.{sf.identifier(name)} = t.{sf.identifier(column)}"
            for name, column in zip(names, of, strict=True)
        )
        return f" AND EXISTS (SELECT 1 FROM {shipped} AS w WHERE {same})"

    def bring_raw(self, table: str, columns: Mapping[str, str], condition: str) -> None:
        """Bring those rows `t` of RAW of a table of which a condition holds."""
        here = raw_parts(table)[1]
        self.bring((self._place.raw(table), here), dict(columns) | RAW_COLUMNS, condition)

    def bring(self, tables: tuple[str, str], columns: Mapping[str, str], condition: str) -> None:
        """Bring rows of a table of Snowflake into one of the workbench, each once.

        Args:
            tables: the quoted names there and here.
            columns: what is brought, with the types here.
            condition: which rows `t`.

        """
        there, here = tables
        if condition.endswith(" AND FALSE"):
            return
        names = sf.name_list(columns, "t")
        found = self._session.arrow(f"SELECT {names} FROM {there} AS t WHERE {condition}")
        self._insert(here, columns, found)

    def _insert(self, table: str, columns: Mapping[str, str], found: pa.Table) -> None:
        if not found.num_rows:
            return
        fetched = found.rename_columns([f"c{number}" for number in range(len(columns))])
        values = [_value(f"c{number}", type_) for number, type_ in enumerate(columns.values())]
        # What several reasons ask for comes several times.
        self._bench.register(_FETCHED, fetched)
        identity = _identity(columns)
        known = " and ".join(f"k.{name} is not distinct from f.{name}" for name in identity)
        named = ", ".join(
            f"{value} as {identifier(name)}" for name, value in zip(columns, values, strict=True)
        )
        self._bench.execute(
            f"insert into {table} ({name_list(columns)}) select * from (select {named} from {_FETCHED}) as f"
            f" where not exists (select 1 from {table} as k where {known})"
        )
        self._bench.unregister(_FETCHED)


def _identity(columns: Iterable[str]) -> list[str]:
    """Return the columns that tell a row of RAW, of the versions or of quarantine from others."""
    names = set(columns)
    if "source_file" in names:
        return ["batch_id", "table_name", "source_file", "source_row"]
    if "_source_file" in names:
        return ["_source_file", "_source_row"]
    return ["batch_id", "table_name"]


def _value(value: str, type_: str) -> str:
    if type_ == "VARCHAR[]":
        return f"from_json({value}, '[\"VARCHAR\"]')"
    return f"cast({value} as {type_})"
