"""Opens the warehouse's file and turns DuckDB's errors into ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from streamvision.domain.errors import WarehouseError, tells_of_full_disk

_SAFE = "the warehouse is as it was before this command, and so are the dashboards"


@contextmanager
def open_file(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the file for reading and writing, in UTC; it is closed when the block ends.

    Raises:
        WarehouseError: when another process has it open, the disk is full, or DuckDB refuses a statement.

    """
    with warehouse_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = duckdb.connect(str(path))
        try:
            connection.execute("set timezone = 'UTC'")
            yield connection
        finally:
            connection.close()


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Commit when the block ends; undo all of it after an error."""
    connection.begin()
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


@contextmanager
def warehouse_errors(path: Path) -> Iterator[None]:
    """Turn what DuckDB raises into a WarehouseError."""
    try:
        yield
    except (duckdb.Error, OSError) as error:
        what, next_command = _explain(error)
        raise WarehouseError(what, where=str(path), safe=_SAFE, next_command=next_command) from error


def _explain(error: Exception) -> tuple[str, str]:
    text = str(error)
    if "Could not set lock" in text or "Conflicting lock" in text:
        return (
            f"Another process has the warehouse open: {text.splitlines()[0]}",
            "close it (a SQL shell?), then run the same command again; readers use the published marts",
        )
    if tells_of_full_disk(text):
        return "The warehouse could not be written: the disk is full", "free some space, then run it again"
    return f"The warehouse refused: {text}", "run `streamvision doctor`"
