"""PostgreSQL in particular: the service's own tables, every type, and servers that fail."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from streamvision.adapters.contracts.yaml_files import read_contracts
from streamvision.adapters.source.postgres.source import PostgresSource
from streamvision.adapters.source.postgres.type_names import short_type
from streamvision.assets import asset
from streamvision.domain.changes import OPERATION, ROW, UNFIT
from streamvision.domain.contract import Contract
from streamvision.domain.errors import (
    ContractError,
    SourceError,
    SourceUnreachableError,
    StreamVisionError,
    Transient,
)
from streamvision.pipeline.extract.agreement import agree
from streamvision.ports.arrow_types import cursor_schema, snapshot_schema
from streamvision.ports.source import Snapshot
from tests.fakes.building import Row, column, contract

if TYPE_CHECKING:
    from tests.support.embedded_postgres import EmbeddedPostgres

SECRET = "hunter2"  # noqa: S105 - what must not be seen


@pytest.fixture
def url(embedded_server: "EmbeddedPostgres") -> str:
    """Return the URL of an empty database."""
    return embedded_server.new_database()


@pytest.fixture
def service_url(url: str) -> str:
    """Return the URL of a database with the service's tables and a few rows."""
    with psycopg.connect(url) as connection:
        for path in sorted(asset("source/migrations").glob("*.sql")):
            connection.execute(path.read_bytes())
        connection.execute(
            "insert into subscription_plans (code, name, price_cents, billing_period, max_resolution,"
            " max_streams) values ('free', 'Free', 0, 'month', 'SD', 1)"
        )
        connection.execute(
            "insert into users (email, username, first_name, last_name, country, age_group,"
            " subscription_plan, subscription_start, created_at, payment_method, device_preference) values"
            " ('a@b.c', 'ada', 'Ada', E'O''Hara\n\"😀\"', 'IE', '25-34', 'free',"
            " '2026-01-01 00:00:00.000001+02', '2025-12-31 00:00:00+00', 'card', 'tv')"
        )
        connection.execute(
            "insert into content (title, content_type, genre, subgenre, release_year, duration_minutes,"
            " imdb_rating, content_rating, added_date, available_countries, tags) values"
            " ('', 'film', 'Drama', null, 1999, 90, 7.5, 'PG', '2020-02-29', '{IE,GB}',"
            """ array['a', null, '', 'x"y', '{}', 'NULL'])"""
        )
    return url


def _batches(snapshot: Snapshot, table: Contract) -> Iterator[pa.RecordBatch]:
    schema = snapshot_schema(table)
    for piece in snapshot.pieces(table):
        yield from snapshot.read(table, schema, piece)


def _read(url: str, table: Contract) -> pa.Table:
    with PostgresSource(url).snapshot() as snapshot:
        return pa.Table.from_batches(_batches(snapshot, table), snapshot_schema(table))


def _rows(url: str, table: Contract) -> list[Row]:
    rows: list[Row] = _read(url, table).to_pylist()
    return rows


def _by_table() -> dict[str, Contract]:
    return {found.table: found for found in read_contracts(asset("contracts"))}


def test_the_service_is_what_the_contracts_say(service_url: str) -> None:
    """Migrations and contracts agree on every column."""
    with PostgresSource(service_url).snapshot() as snapshot:
        assert all(not agreed.notes for agreed in agree(snapshot, _by_table().values()))


def test_contracts_and_constraints_agree_on_null(service_url: str) -> None:
    """What may be NULL in the service may be NULL by contract, and nothing else."""
    with PostgresSource(service_url).snapshot() as snapshot:
        for table in _by_table().values():
            there = snapshot.describe(table)
            assert there is not None
            found = {described.name: described.nullable for described in there.columns}
            assert found == {described.name: described.nullable for described in table.columns}


def test_the_services_values_are_exact(service_url: str) -> None:
    """Decimals, microseconds, arrays with NULL and empty text, quotes and line breaks."""
    (user,) = _rows(service_url, _by_table()["users"])
    assert user["last_name"] == 'O\'Hara\n"😀"'
    assert user["subscription_start"] == datetime(2025, 12, 31, 22, 0, 0, 1, tzinfo=UTC)
    assert (user["country"], user["subscription_end"], user["is_active"]) == ("IE", None, True)
    (title,) = _rows(service_url, _by_table()["content"])
    assert (title["title"], title["subgenre"]) == ("", None)
    assert (title["imdb_rating"], title["added_date"]) == (Decimal("7.5"), date(2020, 2, 29))
    assert title["tags"] == ["a", None, "", 'x"y', "{}", "NULL"]
    assert title["available_countries"] == ["IE", "GB"]


def test_every_table_of_the_service_can_be_read_empty(service_url: str) -> None:
    """Columns and types are those of the contract, rows or not."""
    for table in _by_table().values():
        assert len(_rows(service_url, table)) in {0, 1}


def _table_of(url: str, type_: str, literals: list[str], *, name: str = "") -> Contract:
    """Make a table with one column of a type, and a row per literal.

    Args:
        url: of the database.
        type_: the type.
        literals: SQL expressions.
        name: the type's name in contracts, where it is another.

    """
    with psycopg.connect(url) as connection:
        connection.execute(f"create table t (id integer, value {type_})".encode())
        for number, literal in enumerate(literals):
            statement = f"insert into t values ({number}, {literal})"  # noqa: S608 - a test's own literals
            connection.execute(statement.encode())
    return contract("t", column("id", "integer"), column("value", name or type_, nullable=True))


@pytest.mark.parametrize(
    ("type_", "literals", "values"),
    [
        ("smallint", ["-32768", "32767", "null"], [-(2**15), 2**15 - 1, None]),
        ("integer", ["-2147483648", "2147483647"], [-(2**31), 2**31 - 1]),
        ("bigint", ["-9223372036854775808", "9223372036854775807"], [-(2**63), 2**63 - 1]),
        ("boolean", ["true", "false", "null"], [True, False, None]),
        ("text", ["''", "null", "E'\\r\\n'", "'NULL'"], ["", None, "\r\n", "NULL"]),
        ("char(2)", ["'DE'", "'d'", "''"], ["DE", "d ", "  "]),
        ("date", ["'0001-01-01'", "'9999-12-31'"], [date(1, 1, 1), date(9999, 12, 31)]),
        (
            "timestamptz",
            ["'0001-01-01 00:00+00'", "'9999-12-31 23:59:59.999999+00'", "'1969-12-31 23:59:59.999999+00'"],
            [
                datetime(1, 1, 1, tzinfo=UTC),
                datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
                datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
            ],
        ),
        (
            "numeric(9,3)",
            ["123456.789", "-0.001", "0", "1.5", "null"],
            [Decimal("123456.789"), Decimal("-0.001"), Decimal("0.000"), Decimal("1.500"), None],
        ),
        (
            "numeric(38,10)",
            ["1234567890123456789012345678.0123456789"],
            [Decimal("1234567890123456789012345678.0123456789")],
        ),
        ("text[]", ["'{}'", "'{NULL}'", "'{\"\"}'", "null"], [[], [None], [""], None]),
    ],
)
def test_values_of_every_type_are_exact(
    url: str, type_: str, literals: list[str], values: list[object]
) -> None:
    """At both ends of each type; NULL stays NULL."""
    rows = _rows(url, _table_of(url, type_, literals))
    assert [row["value"] for row in rows] == values


@pytest.mark.parametrize(
    ("type_", "literal"),
    [
        ("numeric(9,3)", "'NaN'"),
        ("text[]", "'{{a,b},{c,d}}'"),
        ("text[]", "'[3:4]={a,b}'"),
    ],
)
def test_values_that_the_lake_cannot_keep_are_carried_as_text(url: str, type_: str, literal: str) -> None:
    """They would be flattened or guessed: the column is NULL, and their text stands beside it."""
    (row,) = _rows(url, _table_of(url, type_, [literal]))
    assert row["value"] is None
    assert json.loads(str(row[UNFIT])) == {"value": literal.strip("'")}


@pytest.mark.parametrize(
    ("type_", "literal", "stored"),
    [
        ("timestamptz", "'infinity'", 2**63 - 1),
        ("timestamptz", "'-infinity'", -(2**63) + 1),
        ("timestamptz", "'0044-03-15 12:00:00+00 BC'", -63_517_780_800_000_000),
        ("timestamptz", "'294247-01-10 04:00:54.775806+00'", 2**63 - 2),
        ("timestamptz", "'294247-01-10 04:00:54.775807+00'", None),
        ("timestamptz", "'294276-12-31 23:59:59.999999+00'", None),
        ("timestamp", "'294276-12-31 23:59:59'", None),
        ("date", "'infinity'", 2**31 - 1),
        ("date", "'-infinity'", -(2**31) + 1),
        ("date", "'0044-03-15 BC'", -735_160),
        ("date", "'5874897-12-31'", 2_145_042_905),
    ],
)
def test_moments_beyond_the_calendar_are_never_shifted(
    url: str, type_: str, literal: str, stored: int | None
) -> None:
    """Infinity and years before Christ arrive as they were; what is beyond Arrow's moments does so as text.

    Of infinity there is no Arrow form; the lake keeps the numbers that the warehouse takes for it.
    """
    read = _read(url, _table_of(url, type_, [literal]))
    width = pa.int32() if type_ == "date" else pa.int64()
    assert read.column("value").cast(width)[0].as_py() == stored
    if type_ != "date":
        unfit = read.column(UNFIT)[0].as_py()
        assert unfit == (None if stored is not None else json.dumps({"value": literal.strip("'")}))


@pytest.mark.parametrize("type_", ["timestamptz", "date"])
@pytest.mark.parametrize("literal", ["infinity", "-infinity"])
def test_infinity_is_infinity_to_the_warehouse(url: str, tmp_path: Path, type_: str, literal: str) -> None:
    """The numbers in the lake's files mean there what they meant in the source."""
    table = _table_of(url, type_, [f"'{literal}'"])
    path = tmp_path / "a.parquet"
    pq.write_table(_read(url, table), path)
    with duckdb.connect() as connection:
        found = connection.execute("select value::varchar from read_parquet($path)", {"path": str(path)})
        assert found.fetchall() == [(literal,)]


def test_rows_of_a_table_without_columns_are_counted(url: str) -> None:
    """They have nothing but their number."""
    with psycopg.connect(url) as connection:
        connection.execute("create table t (); insert into t default values; insert into t default values")
    assert _rows(url, contract("t", key=())) == [{ROW: True}, {ROW: True}]


def test_not_a_number_has_one_form(url: str) -> None:
    """What a calculation leaves differs in its bits, and not in the source's text."""
    literals = ["'inf'::float8 - 'inf'::float8", "-('inf'::float8 - 'inf'::float8)", "'nan'"]
    values = _read(url, _table_of(url, "float8", literals, name="double precision")).column("value")
    assert len(set(values.combine_chunks().view(pa.int64()).to_pylist())) == 1


def test_a_composite_of_nothing_is_not_nothing(url: str) -> None:
    """SQL takes it for NULL in places; it is another value."""
    with psycopg.connect(url) as connection:
        connection.execute("create type pair as (a integer, b text)")
    table = _table_of(url, "pair", ["row(null, null)::pair", "null"], name="public.pair")
    assert [row["value"] for row in _rows(url, table)] == ["(,)", None]


def test_a_cursor_marks_its_rows(url: str) -> None:
    """Each says that it came or changed, and what of it does not fit."""
    table = _table_of(url, "numeric(3,1)", ["1.5", "'NaN'"])
    schema = cursor_schema(table)
    with PostgresSource(url).snapshot() as snapshot:
        (piece,) = snapshot.pieces(table)
        (batch,) = snapshot.read(table, schema, piece, since="3:3:")
    assert batch.schema == schema
    assert batch.column(OPERATION).to_pylist() == ["upsert", "upsert"]
    assert batch.column("value").to_pylist() == [Decimal("1.5"), None]
    assert batch.column(UNFIT).to_pylist() == [None, '{"value": "NaN"}']


def test_large_tables_come_in_batches(url: str) -> None:
    """Memory stays flat: no batch is much above 4 MiB, and the rows come in the table's own order."""
    with psycopg.connect(url) as connection:
        connection.execute(
            "create table t as select n::integer as id, repeat('x', 1000) as word"
            " from generate_series(1, 30000) as n"
        )
    table = contract("t", column("id", "integer"), column("word", "text"))
    with PostgresSource(url).snapshot() as snapshot:
        batches = list(_batches(snapshot, table))
        again = list(_batches(snapshot, table))
    assert len(batches) > 4
    assert max(batch.nbytes for batch in batches) < 10 * 1024 * 1024
    ids = [number for batch in batches for number in batch.column(0).to_pylist()]
    assert ids == list(range(1, 30001))
    assert pa.Table.from_batches(again).equals(pa.Table.from_batches(batches))


def test_a_dropped_column_is_not_described(url: str) -> None:
    """The catalogue keeps its place; the table no longer has it."""
    with psycopg.connect(url) as connection:
        connection.execute("create table t (id integer, gone text, word text)")
        connection.execute("alter table t drop column gone")
    table = contract("t", column("id", "integer"), column("word", "text", nullable=True))
    with PostgresSource(url).snapshot() as snapshot:
        found = snapshot.describe(table)
    assert found is not None
    assert [described.name for described in found.columns] == ["id", "word"]


@pytest.mark.parametrize(
    "actual", ["uuid", "timestamp", "timestamptz(3)", "numeric", "varchar(9)", "integer[]"]
)
def test_a_type_that_the_contract_does_not_say_is_drift(url: str, actual: str) -> None:
    """Whatever PostgreSQL calls it, it is not taken for text."""
    with psycopg.connect(url) as connection:
        connection.execute(f"create table t (id integer, value {actual})".encode())
    table = contract("t", column("id", "integer"), column("value", "text", nullable=True))
    with (
        PostgresSource(url).snapshot() as snapshot,
        pytest.raises(ContractError, match=r"public\.t\.value: is .*, the contract says text"),
    ):
        agree(snapshot, [table])


def test_a_table_without_the_right_to_read_is_told(url: str) -> None:
    """The error names it and what to check; a retry makes no sense."""
    with psycopg.connect(url) as connection:
        connection.execute("create table t (id integer); drop role if exists blind; create role blind login")
    as_blind = url.replace("postgres:", "blind:").replace("postgres@", "blind@")
    table = contract("t", column("id", "integer"))
    with PostgresSource(as_blind).snapshot() as snapshot, pytest.raises(SourceError) as refusal:
        list(_batches(snapshot, table))
    assert refusal.value.where == "table t"
    assert not isinstance(refusal.value, Transient)
    assert "permission denied" in refusal.value.what


def test_a_lost_connection_may_come_back(url: str) -> None:
    """A server that ends sessions in the middle of a read is a reason to try again."""
    with psycopg.connect(url) as connection:
        connection.execute(
            "create table t as select n::integer as id, repeat('x', 1000) as word"
            " from generate_series(1, 60000) as n"
        )
    table = contract("t", column("id", "integer"), column("word", "text"))
    with pytest.raises(SourceUnreachableError):
        _read_and_lose(url, table)


def _read_and_lose(url: str, table: Contract) -> None:
    with PostgresSource(url).snapshot() as snapshot:
        for _ in _batches(snapshot, table):
            with psycopg.connect(url, autocommit=True) as other:
                other.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where datname = current_database() and pid <> pg_backend_pid()"
                )


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://reader:{SECRET}@127.0.0.1:1/service",
        f"postgresql://reader:{SECRET}@127.0.0.1:1,127.0.0.1:2/service",
        f"postgresql://127.0.0.1:1/service?user=reader&password={SECRET}",
    ],
)
def test_a_server_that_is_not_there_is_told_without_the_password(address: str) -> None:
    """It may come back; what is in the lake and the warehouse is safe."""
    source = PostgresSource(address)
    for ask in (source.version, lambda: source.snapshot().__enter__()):
        with pytest.raises(SourceUnreachableError) as refusal:
            ask()
        assert SECRET not in str(refusal.value)
        assert "no batch was made" in refusal.value.safe


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://reader:p%zz{SECRET}@127.0.0.1:1/service",
        f"postgresql://reader:p/{SECRET}@127.0.0.1:1/service",
        f"postgresql://reader:{SECRET}/x@127.0.0.1:1/service",
        f"postgresql://reader:{SECRET}@127.0.0.1:port/service",
        f"postgresql://reader:{SECRET}@127.0.0.1:1/service?colour=red",
        f"postgresql://reader:{SECRET}@[::1/service",
    ],
)
def test_a_url_that_cannot_be_read_is_told_without_the_password(address: str) -> None:
    """As an error with a next command, not as a traceback that quotes the URL."""
    with pytest.raises(StreamVisionError) as refusal:
        PostgresSource(address).version()
    assert SECRET not in str(refusal.value)


def test_a_wrong_database_is_told(url: str) -> None:
    """The server answers, and says what is wrong."""
    other = url.replace("/test_", "/no_test_")
    with pytest.raises(SourceUnreachableError, match="does not exist"):
        PostgresSource(other).version()


@pytest.mark.parametrize(
    ("catalogue", "short"),
    [
        ("timestamp with time zone", "timestamptz"),
        ("character(2)", "char(2)"),
        ("numeric(9,3)", "numeric(9,3)"),
        ("text[]", "text[]"),
        ("timestamp(3) with time zone", "timestamptz(3)"),
        ("timestamp without time zone", "timestamp"),
        ("timestamp(3) without time zone[]", "timestamp(3)[]"),
        ("time with time zone", "timetz"),
        ("time without time zone", "time"),
        ("character varying(9)", "varchar(9)"),
        ("character varying", "varchar"),
        ("bit varying(5)", "varbit(5)"),
        ("bit(5)", "bit(5)"),
        ("bpchar", "bpchar"),
        ('"char"', '"char"'),
        ('public."character varying"', 'public."character varying"'),
        ("interval day to second(3)", "interval day to second(3)"),
    ],
)
def test_types_are_shortened_as_contracts_write_them(catalogue: str, short: str) -> None:
    """And a type of which there is no short form keeps its name."""
    assert short_type(catalogue) == short
