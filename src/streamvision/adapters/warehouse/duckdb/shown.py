"""Lets the tables that readers are shown be looked at without holding them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from streamvision.adapters.warehouse.duckdb.connection import open_file
from streamvision.adapters.warehouse.duckdb.publishing import read_pointer
from streamvision.adapters.warehouse.duckdb.sql_text import identifier
from streamvision.domain.errors import NothingPublishedError
from streamvision.ports.catalogue import ShownPlace
from streamvision.ports.transformer import BuildPlace, window_variables

_RAW = "streamvision_raw"
_TABLES = """
    select schema_name, table_name from duckdb_tables() where database_name = current_database()
    union all
    select schema_name, view_name from duckdb_views()
    where database_name = current_database() and not internal
    order by all
"""


class ShapesInFiles:
    """Copy the columns of all tables, and none of their rows: a run may begin while they are looked at."""

    def __init__(self, path: Path, published: Path) -> None:
        """Take the warehouse's file, and the folder into which it publishes."""
        self._path, self._published = path, published

    @contextmanager
    def lend(self) -> Iterator[ShownPlace]:
        """Lend files of tables without rows, which go when the block ends."""
        shown = read_pointer(self._published)
        if shown is None:
            raise NothingPublishedError(
                "Nothing is published yet",
                where=str(self._published),
                safe="nothing is lost",
                next_command="streamvision up --no-serve",
            )
        with TemporaryDirectory(prefix="streamvision-") as folder:
            tables, raw = Path(folder) / "published.duckdb", Path(folder) / f"{_RAW}.duckdb"
            _copy_shapes(shown[0], tables, leaving_out=("ops",))
            _copy_shapes(self._path, raw)
            variables = {
                "STREAMVISION_DBT_DUCKDB_PATH": str(tables),
                "STREAMVISION_DBT_RAW_PATH": str(raw),
                "STREAMVISION_DBT_SOURCE_DATABASE": _RAW,
                **window_variables(None),
            }
            yield ShownPlace(BuildPlace(shown[0].name, "duckdb", variables), is_copy=True)


def _copy_shapes(source: Path, target: Path, leaving_out: Sequence[str] = ()) -> None:
    """Make the tables of a file in another one, with their columns alone."""
    with open_file(source, read_only=True) as connection:
        tables = [row for row in connection.execute(_TABLES).fetchall() if row[0] not in leaving_out]
        shapes = {tuple(row): _columns(connection, *row) for row in tables}
    with open_file(target) as connection:
        for (schema, table), columns in shapes.items():
            connection.execute(f"create schema if not exists {identifier(schema)}")
            connection.execute(f"create table {identifier(schema, table)} ({columns})")


def _columns(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> str:
    described = connection.execute(f"describe {identifier(schema, table)}").fetchall()
    return ", ".join(f"{identifier(name)} {type_}" for name, type_, *_ in described)
