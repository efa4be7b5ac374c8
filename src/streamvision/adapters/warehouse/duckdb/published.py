"""Reads the published marts, always the newest, while runs go on."""

from collections.abc import Mapping
from pathlib import Path
from threading import Lock

import duckdb
import pyarrow as pa

from streamvision.adapters.warehouse.duckdb.publishing import read_pointer
from streamvision.domain.errors import NothingPublishedError
from streamvision.ports.marts import Publication


class PublishedMarts:
    """Answer queries on the last publication. Safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        """Take the folder into which the warehouse publishes; it need not exist yet."""
        self._folder = folder
        self._lock = Lock()
        self._open: tuple[Path, duckdb.DuckDBPyConnection] | None = None

    def publication(self) -> Publication:
        """Return what is published now."""
        return self._current()[1]

    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> pa.Table:
        """Run one SELECT over the schemas marts and core."""
        path, _ = self._current()
        # A cursor of its own lets several readers ask at once.
        with self._connection(path).cursor() as cursor:
            cursor.execute("set timezone = 'UTC'")
            return cursor.sql(sql, params=dict(parameters or {})).to_arrow_table()

    def _current(self) -> tuple[Path, Publication]:
        found = read_pointer(self._folder)
        if found is None:
            raise NothingPublishedError(
                "Nothing is published yet",
                where=str(self._folder),
                safe="nothing is lost",
                next_command="streamvision up --no-serve",
            )
        return found

    def _connection(self, path: Path) -> duckdb.DuckDBPyConnection:
        with self._lock:
            if self._open is None or self._open[0] != path:
                connection = duckdb.connect(str(path), read_only=True)
                # The old connection is closed when the last cursor on it is gone.
                self._open = (path, connection)
            return self._open[1]
