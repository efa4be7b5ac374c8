"""Opens the warehouse's file and turns DuckDB's errors into ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path

import duckdb

from streamvision.adapters.warehouse.duckdb.sql_text import literal
from streamvision.domain.errors import WarehouseError, tells_of_full_disk
from streamvision.files import taking_place

_SAFE = "the warehouse is as it was before this command, and so are the dashboards"


@contextmanager
def open_file(
    path: Path, memory_limit: str = "", *, read_only: bool = False
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the file, in UTC; it is closed when the block ends.

    Args:
        path: the file.
        memory_limit: what DuckDB may take, such as `4GB`; it takes up to four fifths of the memory without.
            What does not fit goes to a folder beside the file.
        read_only: whether others may read the file too.

    Raises:
        WarehouseError: when another process has it open, the disk is full, or DuckDB refuses a statement.

    """
    with warehouse_errors(path):
        if not read_only and not path.exists():
            _create(path)
        connection = duckdb.connect(str(path), read_only=read_only)
        try:
            connection.execute("set timezone = 'UTC'")
            if memory_limit:
                connection.execute(f"set memory_limit = {literal(memory_limit)}")
            yield connection
        finally:
            connection.close()


def _create(path: Path) -> None:
    """Make an empty database beside the path, and give it its name when it is whole.

    DuckDB writes a new file in several steps, and never opens one again that was killed between them.
    """
    for left in path.parent.glob(f"{escape(path.name)}.*.unfinished*"):
        left.unlink(missing_ok=True)
    with taking_place(path) as unfinished:
        duckdb.connect(str(unfinished)).close()


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
    if isinstance(error, duckdb.OutOfMemoryException):
        return (
            f"The warehouse needs more memory than it may take: {text.splitlines()[0]}",
            "raise STREAMVISION_MEMORY_LIMIT, or `memory_limit` of the profile, then run it again",
        )
    return f"The warehouse refused: {text}", "run `streamvision doctor`"
