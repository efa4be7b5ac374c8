"""All pieces of a table together are the table, each row once."""

import psycopg
import pytest
from psycopg import sql

from streamvision.adapters.source.postgres import catalogue
from streamvision.ports.source import Piece
from tests.integration.catalogue.conftest import Database

PAGE_BYTES = 8192


def _ids(database: Database, pieces: list[Piece]) -> list[int]:
    """Return the ids that the pieces hold, read as their words say."""
    found: list[int] = []
    with psycopg.connect(database.url) as connection:
        for piece in pieces:
            query = sql.SQL("select id from {}{} where true{}{}").format(
                sql.SQL("only " if piece.only else ""),
                sql.Identifier(piece.schema, piece.relation),
                sql.SQL("" if piece.first_page is None else f" and ctid >= '({piece.first_page},0)'"),
                sql.SQL("" if piece.end_page is None else f" and ctid < '({piece.end_page},0)'"),
            )
            found += [id_ for (id_,) in connection.execute(query)]
    return sorted(found)


def test_a_large_table_is_divided_by_pages(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each row is in one piece, and so are those that came since the size was taken."""
    monkeypatch.setattr(catalogue, "PIECE_BYTES", 10 * PAGE_BYTES)
    database.run(
        "create table t as select n as id, repeat('x', 1000) as word from generate_series(1, 500) as n"
    )
    database.run("analyze t")
    pieces = database.pieces("t")
    assert [(piece.first_page, piece.end_page) for piece in pieces[:2]] == [(0, 10), (10, 20)]
    assert [piece.end_page for piece in pieces].count(None) == 1
    assert pieces[-1].end_page is None
    assert all(piece.only for piece in pieces)
    assert _ids(database, pieces) == list(range(1, 501))
    assert 450 < sum(piece.estimated_rows for piece in pieces) <= 500
    assert sum(piece.estimated_bytes for piece in pieces) % PAGE_BYTES == 0
    database.run("insert into t select n, 'late' from generate_series(501, 2000) as n")
    assert _ids(database, pieces) == list(range(1, 2001))


def test_a_small_table_is_one_piece(database: Database) -> None:
    """A table that nobody analysed has no estimate of its rows, but one of its bytes."""
    database.run("create table t (id int)", "insert into t select generate_series(1, 500)")
    (piece,) = database.pieces("t")
    assert (piece.first_page, piece.end_page, piece.only, piece.estimated_rows) == (None, None, True, 0)
    assert piece.estimated_bytes >= 2 * PAGE_BYTES
    assert piece.estimated_bytes % PAGE_BYTES == 0
    database.run("analyze t")
    assert database.pieces("t")[0].estimated_rows == 500


def test_an_empty_table_is_one_piece(database: Database) -> None:
    """It has no rows and no bytes, with columns or without."""
    database.run("create table t (id int)", "create table nothing ()")
    for name in ("t", "nothing"):
        assert database.pieces(name) == [Piece("public", name, only=True)]


def _make_parted(database: Database) -> None:
    database.run(
        "create schema other",
        "create table parted (id int, word text) partition by range (id)",
        "create table low partition of parted for values from (1) to (100)",
        "create table middle partition of parted for values from (100) to (300) partition by range (id)",
        "create table other.deep partition of middle for values from (100) to (200)",
        "create table middle_rest partition of middle default",
        "insert into parted select n, 'x' from generate_series(1, 299) as n",
    )


def test_a_partitioned_table_is_read_leaf_by_leaf(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever their depth and schema; a large leaf is divided."""
    _make_parted(database)
    pieces = database.pieces("parted")
    assert [(piece.schema, piece.relation) for piece in pieces] == [
        ("other", "deep"),
        ("public", "low"),
        ("public", "middle_rest"),
    ]
    assert _ids(database, pieces) == list(range(1, 300))
    monkeypatch.setattr(catalogue, "PIECE_BYTES", PAGE_BYTES)
    database.run("insert into parted select 150, repeat('x', 1000) from generate_series(1, 100)")
    divided = database.pieces("parted")
    assert len(divided) > 10
    assert _ids(database, divided) == sorted([*range(1, 300), *[150] * 100])


@pytest.mark.parametrize("hidden", ["", "schema", "policy"])
def test_a_partition_that_may_not_be_read_by_itself_is_read_with_its_parent(
    database: Database, hidden: str
) -> None:
    """The parent's right is enough for its rows; a policy of a leaf would hide some of them."""
    _make_parted(database)
    role = database.reader()
    database.run(
        f"grant usage on schema public to {role}", f"grant select on parted, low, middle_rest to {role}"
    )
    if hidden:
        database.run(f"grant select on other.deep to {role}")
    if hidden == "policy":
        database.run(f"grant usage on schema other to {role}", "alter table low enable row level security")
    assert [(piece.relation, piece.only) for piece in database.pieces("parted", role=role)] == [
        ("parted", False)
    ]
    if hidden == "policy":
        database.run("alter table low disable row level security")
        assert len(database.pieces("parted", role=role)) == 3


def test_a_partition_that_is_detached_is_no_piece(database: Database) -> None:
    """It is a table of its own from then on; a parent without any is one piece."""
    _make_parted(database)
    database.run("alter table parted detach partition middle")
    assert [piece.relation for piece in database.pieces("parted")] == ["low"]
    database.run("drop table low")
    assert database.pieces("parted") == [Piece("public", "parted")]


def test_views_are_one_piece_each(database: Database) -> None:
    """Nothing is known of their pages."""
    database.run("create view seen as select 1 as id", "create materialized view kept as select 1 as id")
    assert [len(database.pieces(name)) for name in ("seen", "kept")] == [1, 1]
    assert [database.pieces(name)[0].only for name in ("seen", "kept")] == [False, False]
