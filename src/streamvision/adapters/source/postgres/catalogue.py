"""Reads the source's catalogue: its tables, what tells that one was altered, and how each can be divided.

Everything is read with the transaction's snapshot, by queries on the catalogue's own tables: functions
such as pg_partition_tree see what was committed since, and would tell of tables that it does not show.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from streamvision.adapters.source.postgres.catalogue_queries import DESCRIBE_MATCHING, DESCRIBE_ONE, PIECES
from streamvision.adapters.source.postgres.type_names import short_type
from streamvision.domain.errors import SourceError, SourceUnreachableError
from streamvision.ports.source import Piece, SourceColumn, SourceTable, TableKind

PIECE_BYTES = 128 * 1024 * 1024
_KINDS: dict[str, TableKind] = {
    "r": "table",
    "p": "partitioned",
    "v": "view",
    "m": "materialized view",
    "f": "foreign table",
}
_TABLES = ("r", "p")
_MOST_NAMED = 10
_SAFE = "the lake and the warehouse are as they were; no batch was made"


def describe(connection: psycopg.Connection, schema: str, name: str) -> SourceTable | None:
    """Return what the catalogue says of a table; None where there is no such table.

    Raises:
        SourceError: when the role may not read it.
        SourceUnreachableError: when it is dropped meanwhile.

    """
    parameters = {"schema": schema, "name": name, "kinds": list(_KINDS)}
    rows = _rows(connection, DESCRIBE_ONE, parameters)
    _refuse_unreadable(rows)
    return _table(rows[0]) if rows else None


def tables(connection: psycopg.Connection, patterns: Sequence[str] = (), *, views: bool) -> list[SourceTable]:
    """Return the tables of all schemas but the system's, sorted by schema and name.

    Partitions belong to their parent and are not listed; temporary tables are not listed either.

    Args:
        connection: in the snapshot's transaction.
        patterns: `schema.table` with * and ?; without any, all tables.
        views: whether views, materialized views and foreign tables are listed too.

    Raises:
        SourceError: when the role may not read one of them.
        SourceUnreachableError: when one is dropped meanwhile.

    """
    kinds = list(_KINDS) if views else list(_TABLES)
    parameters = {"patterns": [_like(pattern) for pattern in patterns], "kinds": kinds}
    rows = _rows(connection, DESCRIBE_MATCHING, parameters)
    _refuse_unreadable(rows)
    return sorted(map(_table, rows), key=lambda table: (table.schema, table.name))


def pieces(connection: psycopg.Connection, schema: str, name: str) -> list[Piece]:
    """Return the pieces of a table, each of 128 MiB at most; none where there is no such table."""
    rows = _rows(connection, PIECES, {"schema": schema, "name": name})
    root = next((row for row in rows if row["is_root"]), None)
    if root is None:
        return []
    leaves = [row for row in rows if not row["is_root"]]
    # A leaf has rights and row security of its own, which count only when it is read by its own name.
    if root["relkind"] != "p" or not leaves or not all(leaf["is_readable"] for leaf in leaves):
        return _pieces_of(root, sum(leaf["bytes"] for leaf in leaves), sum(leaf["rows"] for leaf in leaves))
    return [piece for leaf in leaves for piece in _pieces_of(leaf)]


def _rows(
    connection: psycopg.Connection, query: str, parameters: Mapping[str, object]
) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        # The text is put together from this package's own constants; every name is a parameter.
        return cursor.execute(sql.SQL(query), parameters).fetchall()


def _like(pattern: str) -> str:
    """Return a pattern with * and ? as LIKE writes it."""
    translated = {"*": "%", "?": "_", "%": r"\%", "_": r"\_", "\\": r"\\"}
    return "".join(translated.get(character, character) for character in pattern)


def _table(row: dict[str, Any]) -> SourceTable:
    return SourceTable(
        schema=row["schema"],
        name=row["name"],
        kind=_KINDS[row["relkind"]],
        columns=tuple(
            SourceColumn(name, short_type(type_), nullable) for name, type_, nullable in row["columns"]
        ),
        key=tuple(row["key"]),
        signature=_signature(row),
        unlogged_because=_unlogged_because(row),
    )


def _signature(row: dict[str, Any]) -> str:
    """Return a digest of all that changes when rows may have come to differ without a change in the log."""
    leaves = [[leaf["oid"], leaf["relfilenode"]] for leaf in row["leaves"]]
    identity = [row["relpersistence"], row["relreplident"], row["identity_index"]]
    text = repr([row["oid"], row["attributes"], row["types"], identity, leaves])
    return sha256(text.encode()).hexdigest()[:32]


def _unlogged_because(row: dict[str, Any]) -> str:
    return next(_reasons(row), "")


def _reasons(row: dict[str, Any]) -> Iterator[str]:
    if row["relkind"] not in _TABLES:
        yield f"it is a {_KINDS[row['relkind']]}"
    if row["relispartition"]:
        yield "it is a partition of another table"
    if row["relpersistence"] == "u":
        yield "it is an unlogged table"
    if not row["key"]:
        yield "it has no primary key"
    if row["has_generated"]:
        yield "it has generated columns, which the log does not carry"
    found = (
        [_unidentified_because(row, row["key"], "it")]
        if row["relkind"] == "r"
        else [_leaf_unlogged_because(leaf, row["key"]) for leaf in row["leaves"]]
    )
    yield from filter(None, found)


def _leaf_unlogged_because(leaf: dict[str, Any], key: Sequence[str]) -> str:
    if leaf["relkind"] != "r":
        return "one of its partitions is a foreign table"
    if leaf["relpersistence"] == "u":
        return "one of its partitions is an unlogged table"
    return _unidentified_because(leaf, key, "one of its partitions")


def _unidentified_because(relation: dict[str, Any], key: Sequence[str], who: str) -> str:
    identity = relation["relreplident"]
    if identity == "f" or set(key) <= set(relation["identity"]):
        return ""
    if identity == "d":
        return f"the primary key of {'the table' if who == 'it' else who} can be deferred"
    return f"{who} has a replica identity without the primary key"


@dataclass(frozen=True)
class _Refused:
    name: str
    reason: str
    mend: str


def _refuse_unreadable(rows: Sequence[dict[str, Any]]) -> None:
    # Rights are looked up as they are now: a table that the snapshot shows may be gone.
    gone = [f"{row['schema']}.{row['name']}" for row in rows if None in (row["may_use"], row["may_select"])]
    if gone:
        raise SourceUnreachableError(
            f"Tables were dropped while the source was read: {', '.join(gone)}",
            where="the source's catalogue",
            safe=_SAFE,
            next_command="run the same command again",
        )
    refused = [found for row in rows if (found := _refused(row))]
    if not refused:
        return
    shown = [f"{each.name}: {each.reason}" for each in refused[:_MOST_NAMED]]
    if len(refused) > _MOST_NAMED:
        shown.append(f"and {len(refused) - _MOST_NAMED} more")
    mends = list(dict.fromkeys(each.mend for each in refused))[:_MOST_NAMED]
    raise SourceError(
        "The role may not read every table that is to be extracted:\n  - " + "\n  - ".join(shown),
        where="the source's rights",
        safe=_SAFE,
        next_command="have the owner run " + "; ".join(mends) + "; or choose other tables with --tables",
    )


def _refused(row: dict[str, Any]) -> _Refused | None:
    table, schema = sql.Identifier(row["schema"], row["name"]), sql.Identifier(row["schema"])
    role = sql.Identifier(row["role"])
    name = f"{row['schema']}.{row['name']}"
    if not row["may_use"]:
        mend = sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(schema, role)
        return _Refused(name, "no right to use its schema", mend.as_string())
    if not row["may_select"]:
        mend = sql.SQL("GRANT SELECT ON {} TO {}").format(table, role)
        return _Refused(name, "no right to SELECT", mend.as_string())
    if row["is_filtered"]:
        # Rows that a policy hides would be missing without a word, while the log tells of them.
        mend = sql.SQL("ALTER ROLE {} BYPASSRLS").format(role)
        return _Refused(name, "row-level security may hide rows from the role", mend.as_string())
    return None


def _pages_of_a_piece(pages: int, most: int) -> int:
    """Return how many pages a piece has, where all have as many and there is an even number of them.

    So none is left to be read alone when two are read at a time.
    """
    pieces = -(-pages // most)
    even = pieces + pieces % 2 if pieces > 1 else 1
    return max(1, -(-pages // even))


def _pieces_of(row: dict[str, Any], more_bytes: int = 0, more_rows: int = 0) -> list[Piece]:
    """Return the pieces of one relation.

    Args:
        row: the relation.
        more_bytes: what its partitions take, where they are read with it.
        more_rows: the rows that they have.

    """
    size, rows = row["bytes"] + more_bytes, row["rows"] + more_rows
    is_ordinary = row["relkind"] == "r"
    pages = row["bytes"] // row["block_size"]
    step = _pages_of_a_piece(pages, PIECE_BYTES // row["block_size"])
    starts = range(0, pages, step) if is_ordinary and row["is_heap"] else range(0)
    if len(starts) < 2:  # noqa: PLR2004 - one piece is the relation itself
        return [
            Piece(row["schema"], row["name"], only=is_ordinary, estimated_rows=rows, estimated_bytes=size)
        ]
    found = []
    for start in starts:
        end = min(start + step, pages)
        found.append(
            Piece(
                row["schema"],
                row["name"],
                first_page=start,
                # Rows may lie in pages that were added since the size was taken.
                end_page=None if end == pages else end,
                only=True,
                estimated_rows=rows * (end - start) // pages,
                estimated_bytes=(end - start) * row["block_size"],
            )
        )
    return found
