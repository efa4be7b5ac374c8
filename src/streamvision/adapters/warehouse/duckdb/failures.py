"""Reads the failing rows from the file of the build that did not pass."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from streamvision.adapters.warehouse.duckdb.builds import BUILDING
from streamvision.adapters.warehouse.duckdb.connection import open_file
from streamvision.adapters.warehouse.duckdb.sql_text import identifier
from streamvision.ports.failures import FailedTest

SCHEMA = "failures"
_TABLES = (
    "select table_name from duckdb_tables()"
    " where database_name = current_database() and schema_name = $schema order by table_name"
)


class DuckDBFailures:
    """Read from the folder in which builds are made; the file is open only while a method runs."""

    def __init__(self, folder: Path) -> None:
        """Take the folder, which need not exist."""
        self._building = folder / BUILDING

    def failed_tests(self) -> Sequence[FailedTest]:
        """Return the tests that failed in the last build, by name."""
        if not self._building.exists():
            return []
        with open_file(self._building, read_only=True) as connection:
            names = [name for (name,) in connection.execute(_TABLES, {"schema": SCHEMA}).fetchall()]
            counted = [
                (name, connection.execute(f"select count(*) from {identifier(SCHEMA, name)}").fetchall())
                for name in names
            ]
        return [
            FailedTest(name, rows, f"{SCHEMA}.{name} in {self._building}")
            for name, ((rows,),) in counted
            if rows
        ]

    def rows(self, test: str, limit: int) -> Sequence[Mapping[str, object]]:
        """Return rows of a test that failed."""
        if test not in {each.test for each in self.failed_tests()}:
            return []
        with open_file(self._building, read_only=True) as connection:
            found = connection.execute(
                f"select * from {identifier(SCHEMA, test)} limit $limit", {"limit": limit}
            )
            columns = [column[0] for column in found.description or ()]
            return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
