"""Takes batches back, and makes a warehouse anew beside the one that is there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from streamvision.adapters.warehouse.duckdb.connection import warehouse_errors
from streamvision.adapters.warehouse.duckdb.sql_text import literal
from streamvision.adapters.warehouse.duckdb.tables import (
    OUTDATED,
    RAW_TABLES,
    VALID_FROM,
    VALID_TO,
    raw_parts,
    versions_of,
)


def forget_from(connection: duckdb.DuckDBPyConnection, batch_id: str) -> list[str]:
    """Take back all batches from one on, and what was decided since; return those that were taken back.

    A decision on rows of an earlier batch cannot be undone by itself: then that batch is taken back too.
    """
    first = _first_to_forget(connection, batch_id)
    forgotten = connection.execute(
        f"select distinct batch_id from ops.batches where batch_id >= {first} order by all"
    ).fetchall()
    for (table,) in connection.execute(RAW_TABLES).fetchall():
        for part in raw_parts(table):
            connection.execute(f"delete from {part} where _batch_id >= {first}")
        versions = versions_of(table)
        connection.execute(f"delete from {versions} where {VALID_FROM} >= {first}")
        for name in (VALID_TO, OUTDATED):
            connection.execute(f"update {versions} set {name} = null where {name} >= {first}")
        # Under which key the pictures before were taken is not known any more.
        connection.execute(f"comment on table {versions} is null")
    for name in ("quarantine.rows", "ops.batches", "ops.expectations"):
        connection.execute(f"delete from {name} where batch_id >= {first}")
    connection.execute(f"delete from ops.decisions where after_batch >= {first}")
    return [str(found) for (found,) in forgotten]


@contextmanager
def file_anew(path: Path) -> Iterator[Path]:
    """Lend the place of a new file, which takes the place of another when the block ends without an error."""
    beside = path.with_name(f"{path.name}.rebuilding")
    with warehouse_errors(path):
        _remove(beside)
    yield beside
    with warehouse_errors(path):
        # The old file's log would be taken for the new one's. Without it the old file is an older state of
        # itself, and so still whole.
        _log_of(path).unlink(missing_ok=True)
        beside.replace(path)


def _first_to_forget(connection: duckdb.DuckDBPyConnection, batch_id: str) -> str:
    """Return, as a literal, the first batch of which no row was decided on after the batches that stay."""
    first = batch_id
    while True:
        row = connection.execute(
            "select min(rows.batch_id) from quarantine.rows as rows join ops.decisions as decisions"
            " using (decision_id) where decisions.after_batch >= $first",
            {"first": first},
        ).fetchone()
        earliest = row[0] if row else None
        if earliest is None or earliest >= first:
            return literal(first)
        first = earliest


def _remove(path: Path) -> None:
    for each in (path, _log_of(path)):
        each.unlink(missing_ok=True)


def _log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.wal")
