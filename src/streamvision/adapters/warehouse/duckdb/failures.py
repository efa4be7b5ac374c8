"""Reads the rows that tests found wrong from the file of the build that did not pass, or from beside it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from streamvision.adapters.warehouse.duckdb.builds import BUILDING
from streamvision.adapters.warehouse.duckdb.connection import open_file
from streamvision.adapters.warehouse.duckdb.sql_text import identifier
from streamvision.adapters.warehouse.duckdb.warned import SCHEMA as WARNINGS
from streamvision.adapters.warehouse.duckdb.warned import WARNED
from streamvision.ports.failures import FailedTest

SCHEMA = "failures"
_TABLES = (
    "select table_name from duckdb_tables()"
    " where database_name = current_database() and schema_name = $schema order by table_name"
)


class DuckDBFailures:
    """Read from the folder in which builds are made; a file is open only while a method runs."""

    def __init__(self, folder: Path) -> None:
        """Take the folder, which need not exist."""
        self._building, self._warned = folder / BUILDING, folder / WARNED

    def failed_tests(self) -> Sequence[FailedTest]:
        """Return the tests that failed in the last build, by name."""
        return _tests(self._building, SCHEMA)

    def warned_tests(self) -> Sequence[FailedTest]:
        """Return the tests that warned in the last build, by name."""
        # A build that passed has left its file to readers.
        return _tests(self._building if self._building.exists() else self._warned, WARNINGS)

    def rows(self, test: str, limit: int) -> Sequence[Mapping[str, object]]:
        """Return rows of a test that failed or warned."""
        places = ((self._building, SCHEMA), (self._building, WARNINGS), (self._warned, WARNINGS))
        for path, schema in places:
            if test in {each.test for each in _tests(path, schema)}:
                return _rows(path, schema, test, limit)
        return []


def _tests(path: Path, schema: str) -> list[FailedTest]:
    if not path.exists():
        return []
    with open_file(path, read_only=True) as connection:
        names = [name for (name,) in connection.execute(_TABLES, {"schema": schema}).fetchall()]
        counted = [
            (name, connection.execute(f"select count(*) from {identifier(schema, name)}").fetchall())
            for name in names
        ]
    return [FailedTest(name, rows, f"{schema}.{name} in {path}") for name, ((rows,),) in counted if rows]


def _rows(path: Path, schema: str, test: str, limit: int) -> list[Mapping[str, object]]:
    with open_file(path, read_only=True) as connection:
        found = connection.execute(f"select * from {identifier(schema, test)} limit $limit", {"limit": limit})
        columns = [column[0] for column in found.description or ()]
        return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
