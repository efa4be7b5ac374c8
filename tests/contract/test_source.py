"""What every source does: one consistent picture, in exact types, of bounded batches."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import psycopg
import pyarrow as pa
import pytest
from psycopg import sql

from streamvision.adapters.source.postgres.source import PostgresSource
from streamvision.domain.contract import Contract
from streamvision.pipeline.extract.agreement import agree
from streamvision.ports.arrow_types import snapshot_schema
from streamvision.ports.source import Snapshot, Source, SourceColumn
from tests.fakes.building import Row, column, contract, people, visits
from tests.fakes.source import InMemorySource

if TYPE_CHECKING:
    from tests.support.embedded_postgres import EmbeddedPostgres

PEOPLE: list[Row] = [{"id": 1, "name": "Ada"}, {"id": 2, "name": None}, {"id": 3, "name": ""}]
VISITS: list[Row] = [{"id": 1, "person_id": 2, "minutes": 3}]


@dataclass
class _Subject:
    """Hold a source and a way to add a row to what it shows."""

    source: Source
    add: Callable[[str, Row], None]


def _memory() -> _Subject:
    source = InMemorySource({"people": PEOPLE, "visits": VISITS})

    def add(table: str, row: Row) -> None:
        source.rows[table] = [*source.rows[table], row]

    source.missing = {"pets"}
    return _Subject(source, add)


def _postgres(url: str) -> _Subject:
    def add(table: str, row: Row) -> None:
        with psycopg.connect(url) as connection:
            statement = sql.SQL("insert into {} ({}) values ({})").format(
                sql.Identifier(table),
                sql.SQL(", ").join(map(sql.Identifier, row)),
                sql.SQL(", ").join(sql.Placeholder() * len(row)),
            )
            connection.execute(statement, list(row.values()))

    with psycopg.connect(url) as connection:
        connection.execute("create table people (id bigint primary key, name text)")
        connection.execute(
            "create table visits (id bigint primary key, person_id bigint not null, minutes integer)"
        )
    for table, rows in (("people", PEOPLE), ("visits", VISITS)):
        for row in rows:
            add(table, row)
    return _Subject(PostgresSource(url), add)


@pytest.fixture(params=["postgres", "memory"])
def subject(request: pytest.FixtureRequest) -> _Subject:
    """Return a source with a few rows."""
    if request.param == "memory":
        return _memory()
    server: EmbeddedPostgres = request.getfixturevalue("embedded_server")
    return _postgres(server.new_database())


def _rows(snapshot: Snapshot, table: Contract) -> Sequence[Row]:
    schema = snapshot_schema(table)
    batches = [batch for piece in snapshot.pieces(table) for batch in snapshot.read(table, schema, piece)]
    assert all(batch.schema.equals(schema) for batch in batches)
    rows: list[Row] = pa.Table.from_batches(batches, schema).to_pylist()
    return rows


def test_rows_come_in_the_types_asked_for(subject: _Subject) -> None:
    """NULL stays NULL and empty text empty."""
    with subject.source.snapshot() as snapshot:
        assert _rows(snapshot, people()) == PEOPLE
        assert _rows(snapshot, visits()) == VISITS


def test_a_table_can_be_read_twice(subject: _Subject) -> None:
    """A snapshot is a picture, not a stream."""
    with subject.source.snapshot() as snapshot:
        assert _rows(snapshot, people()) == _rows(snapshot, people())


def test_columns_are_described_as_contracts_name_them(subject: _Subject) -> None:
    """Name, short type, and whether NULL may be there."""
    with subject.source.snapshot() as snapshot:
        table = snapshot.describe(visits())
        assert table is not None
        assert (table.schema, table.name, table.kind, table.key) == ("public", "visits", "table", ("id",))
        assert list(table.columns) == [
            SourceColumn("id", "bigint", nullable=False),
            SourceColumn("person_id", "bigint", nullable=False),
            SourceColumn("minutes", "integer", nullable=True),
        ]
        assert all(not agreed.notes for agreed in agree(snapshot, [people(), visits()]))


def test_a_table_that_is_not_there_is_not_described(subject: _Subject) -> None:
    """It is no error to ask."""
    with subject.source.snapshot() as snapshot:
        assert snapshot.describe(contract("pets", column("id", "bigint"))) is None


def test_a_snapshot_does_not_see_what_comes_later(subject: _Subject) -> None:
    """Of any table, whether it was read before or not; the next snapshot does."""
    with subject.source.snapshot() as snapshot:
        assert len(_rows(snapshot, people())) == 3
        subject.add("people", {"id": 4, "name": "Late"})
        subject.add("visits", {"id": 2, "person_id": 4, "minutes": 1})
        assert len(_rows(snapshot, people())) == 3
        assert len(_rows(snapshot, visits())) == 1
    with subject.source.snapshot() as snapshot:
        assert len(_rows(snapshot, people())) == 4
        assert len(_rows(snapshot, visits())) == 2


def test_snapshots_are_named(subject: _Subject) -> None:
    """Each by itself; the source stays the same."""
    with subject.source.snapshot() as first:
        one = (first.id, first.source_id, first.taken_at)
    with subject.source.snapshot() as second:
        two = (second.id, second.source_id, second.taken_at)
    assert one[0] != two[0]
    assert one[1] == two[1]
    assert one[2] <= two[2]
    assert one[2].utcoffset() == datetime.now(UTC).utcoffset()


def test_rows_can_be_estimated(subject: _Subject) -> None:
    """For progress only: never below nothing."""
    with subject.source.snapshot() as snapshot:
        assert all(piece.estimated_rows >= 0 for piece in snapshot.pieces(people()))


def test_the_version_is_asked(subject: _Subject) -> None:
    """Name and number."""
    name, number = subject.source.version().split()[:2]
    assert name in {"PostgreSQL", "InMemory"}
    assert number[0].isdigit()
