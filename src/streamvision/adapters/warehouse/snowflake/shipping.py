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
from streamvision.adapters.warehouse.snowflake.tables import LANDING, Place
from streamvision.domain.errors import WarehouseError
from streamvision.ports.warehouse import IncomingTable

SOURCE_FILE, SOURCE_ROW = "_SOURCE_FILE", "_SOURCE_ROW"
_PARQUET = "(TYPE = PARQUET USE_LOGICAL_TYPE = TRUE BINARY_AS_TEXT = FALSE)"
_MOST_FILES = 500
"""Snowflake takes up to a thousand names in one COPY."""


class Shipment:
    """Bring what one load needs, to a schema that is there while it loads and gone afterwards."""

    def __init__(self, session: Session, place: Place, external_stage: str = "") -> None:
        """Take a session and the warehouse.

        Args:
            session: outside a transaction.
            place: the warehouse.
            external_stage: the stage over the lake; without it, files are brought from this machine.

        """
        self._session, self._external = session, external_stage
        self._schema = place.schema(LANDING)
        self._stage = identifier(self._schema, "FILES")
        self._numbers = count()
        self._is_open = False

    def close(self) -> None:
        """Remove what was brought. What is left when this is not reached, the next load removes."""
        if self._is_open:
            self._session.run(f"DROP SCHEMA IF EXISTS {identifier(self._schema)} CASCADE")

    def _open(self) -> None:
        if not self._is_open:
            # New tables have no load history: what a load before has copied is not taken for copied here.
            self._session.run(f"DROP SCHEMA IF EXISTS {identifier(self._schema)} CASCADE")
            self._session.run(f"CREATE TRANSIENT SCHEMA {identifier(self._schema)}")
            self._session.run(f"CREATE OR REPLACE STAGE {self._stage}")
            self._is_open = True

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
        types = {column.name: snowflake_type(duckdb_type(column.type)) for column in table.contract.columns}
        types |= {column: snowflake_type(type_) for column, type_ in TECHNICAL.items()}
        landing = self._create("FILES", types | {SOURCE_FILE: "VARCHAR", SOURCE_ROW: "NUMBER(19,0)"})
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

    def _new_folder(self) -> str:
        return f"{self._stage}/{next(self._numbers)}"

    def _create(self, name: str, types: Mapping[str, str]) -> str:
        self._open()
        # Numbered, since names of the source's tables are of any kind.
        table = identifier(self._schema, f"{name}_{next(self._numbers)}")
        columns = ", ".join(f"{identifier(column)} {type_}" for column, type_ in types.items())
        self._session.run(f"CREATE OR REPLACE TRANSIENT TABLE {table} ({columns})")
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
