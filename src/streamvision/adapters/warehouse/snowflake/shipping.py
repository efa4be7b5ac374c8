"""Brings rows and files to Snowflake: through a stage, into transient tables that only a load uses."""

from collections.abc import Mapping
from itertools import count
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

import duckdb

from streamvision.adapters.warehouse.duckdb.incoming import TECHNICAL
from streamvision.adapters.warehouse.duckdb.sql_text import duckdb_type
from streamvision.adapters.warehouse.duckdb.sql_text import literal as duckdb_literal
from streamvision.adapters.warehouse.snowflake.connection import Session
from streamvision.adapters.warehouse.snowflake.sql_text import identifier, literal, snowflake_type
from streamvision.adapters.warehouse.snowflake.tables import LANDING_SUFFIX, Place
from streamvision.domain.errors import WarehouseError
from streamvision.ports.warehouse import IncomingTable

SOURCE_FILE, SOURCE_ROW = "_SOURCE_FILE", "_SOURCE_ROW"
_PARQUET = "(TYPE = PARQUET USE_LOGICAL_TYPE = TRUE BINARY_AS_TEXT = FALSE)"
_MOST_FILES = 500
"""Snowflake takes up to a thousand names in one COPY."""


class Shipment:
    """Bring what one load needs, and clear it away again."""

    def __init__(self, session: Session, place: Place, name: str, external_stage: str = "") -> None:
        """Take a session, the warehouse, and a name that no other shipment has.

        Args:
            session: outside a transaction.
            place: the warehouse.
            name: that of the stage's folder.
            external_stage: the stage over the lake; without it, files are brought from this machine.

        """
        self._session, self._place, self._folder = session, place, name
        self._external = external_stage
        self._stage = place.name("RAW", "STREAMVISION_FILES")
        self._tables: list[str] = []
        self._numbers = count()
        session.run(f"CREATE STAGE IF NOT EXISTS {self._stage}")

    def ship(self, bench: duckdb.DuckDBPyConnection, name: str, query: str, **parameters: object) -> str:
        """Make a table of the rows of a query on the workbench, and return its quoted name."""
        described = bench.execute(f"describe {query}", parameters or None).fetchall()
        types = {column: snowflake_type(type_) for column, type_, *_ in described}
        table = self._create(name, types)
        with TemporaryDirectory(prefix="streamvision-shipping-") as folder:
            path = Path(folder) / "rows.parquet"
            (rows,) = bench.execute(
                f"copy ({query}) to {duckdb_literal(path)} (format parquet)", parameters or None
            ).fetchone() or (0,)
            if rows:
                where = self._new_folder()
                self._session.put(path, where)
                self._copy(table, where, rows)
        return table

    def land(self, table: IncomingTable) -> str:
        """Make a table of the rows of a table's files, as they are, and return its quoted name.

        Beside the columns that the files may have it has `_SOURCE_FILE` and `_SOURCE_ROW`, as Snowflake tells
        them: see `landed`.
        """
        name = table.contract.table
        types = {column.name: snowflake_type(duckdb_type(column.type)) for column in table.contract.columns}
        types |= {column: snowflake_type(type_) for column, type_ in TECHNICAL.items()}
        landing = self._create(name, types | {SOURCE_FILE: "VARCHAR", SOURCE_ROW: "NUMBER(19,0)"})
        included = f" INCLUDE_METADATA = ({identifier(SOURCE_FILE)} = METADATA$FILENAME,"
        included += f" {identifier(SOURCE_ROW)} = METADATA$FILE_ROW_NUMBER)"
        for first in range(0, len(table.files), _MOST_FILES):
            files = table.files[first : first + _MOST_FILES]
            rows = sum(file.rows for file in files)
            if self._external:
                names = ", ".join(literal(file.key) for file in files)
                self._copy(landing, self._external, rows, f" FILES = ({names})", included)
                continue
            where = self._new_folder()
            with TemporaryDirectory(prefix="streamvision-shipping-") as folder:
                for number, file in enumerate(files, start=first):
                    link = Path(folder) / _name_in_stage(number)
                    link.symlink_to(file.path.absolute())
                    self._session.put(link, where)
            self._copy(landing, where, rows, included=included)
        return landing

    def clear(self) -> None:
        """Remove what was brought; the next load would make it anew anyway."""
        for table in self._tables:
            self._session.run(f"DROP TABLE IF EXISTS {table}")
        self._session.run(f"REMOVE @{self._stage}/{self._folder}/")

    def _new_folder(self) -> str:
        return f"{self._stage}/{self._folder}/{next(self._numbers)}"

    def _create(self, name: str, types: Mapping[str, str]) -> str:
        table = self._place.raw(name + LANDING_SUFFIX)
        columns = ", ".join(f"{identifier(column)} {type_}" for column, type_ in types.items())
        # A new table has no load history: what a load before has copied is not taken for copied here.
        self._session.run(f"CREATE OR REPLACE TRANSIENT TABLE {table} ({columns})")
        self._tables.append(table)
        return table

    def _copy(self, table: str, where: str, rows: int, files: str = "", included: str = "") -> None:
        told = self._session.rows(
            f"COPY INTO {table} FROM @{where}/{files} FILE_FORMAT = {_PARQUET}"
            f" MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE{included}"
        )
        # Where it copied nothing, it tells so in one column.
        copied = sum(int(str(each[3])) for each in told if len(each) > 1)
        if copied != rows:
            raise WarehouseError(
                f"The account does not balance: of {rows} rows, {copied} were copied",
                where=f"table {table}",
                safe="the batch was not loaded; the warehouse is as it was before",
                next_command="check the files of this batch against their manifest",
            )


def landed(landing: str, table: IncomingTable) -> str:
    """Return, as a relation, landed rows with the key of their file in the lake and their number from 0.

    Snowflake names a file by its path in the stage, and counts rows from 0 or 1 by their format.
    """
    file, row = identifier(SOURCE_FILE), identifier(SOURCE_ROW)
    names = [(_name_in_stage(number), each.key) for number, each in enumerate(table.files)]
    names += [(PurePosixPath(each.key).name, each.key) for each in table.files]
    keys = " ".join(f"WHEN {literal(name)} THEN {literal(key)}" for name, key in names)
    key = f"CASE SPLIT_PART(f.{file}, '/', -1) {keys} END" if names else "NULL"
    return (
        f"(SELECT f.*, {key} AS SOURCE_KEY,"
        f" f.{row} - MIN(f.{row}) OVER (PARTITION BY f.{file}) AS SOURCE_NUMBER FROM {landing} AS f)"
    )


def _name_in_stage(number: int) -> str:
    """Return the name of a file that this machine brings: in its own, a sign might mean something."""
    return f"{number:05}.parquet"
