"""PostgreSQL in particular: the service's own tables, every type, and servers that fail."""

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
from streamvision.adapters.source.postgres import PostgresSource, short_type
from streamvision.assets import asset
from streamvision.domain.contract import Contract
from streamvision.domain.errors import (
    ContractError,
    SourceError,
    SourceUnreachableError,
    StreamVisionError,
    Transient,
)
from streamvision.pipeline.extract.agreement import check_agreement
from streamvision.pipeline.extract.arrow_types import arrow_schema
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


def _read(url: str, table: Contract) -> pa.Table:
    schema = arrow_schema(table)
    with PostgresSource(url).snapshot() as snapshot:
        return pa.Table.from_batches(list(snapshot.read(table, schema)), schema)


def _rows(url: str, table: Contract) -> list[Row]:
    rows: list[Row] = _read(url, table).to_pylist()
    return rows


def _by_table() -> dict[str, Contract]:
    return {found.table: found for found in read_contracts(asset("contracts"))}


def test_the_service_is_what_the_contracts_say(service_url: str) -> None:
    """Migrations and contracts agree on every column."""
    with PostgresSource(service_url).snapshot() as snapshot:
        check_agreement(snapshot, _by_table().values())


def test_contracts_and_constraints_agree_on_null(service_url: str) -> None:
    """What may be NULL in the service may be NULL by contract, and nothing else."""
    with PostgresSource(service_url).snapshot() as snapshot:
        for table in _by_table().values():
            found = {described.name: described.nullable for described in snapshot.columns(table)}
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


def _table_of(url: str, type_: str, literals: list[str]) -> Contract:
    """Make a table with one column of a type, and a row per literal."""
    with psycopg.connect(url) as connection:
        connection.execute(f"create table t (id integer, value {type_})".encode())
        for number, literal in enumerate(literals):
            statement = f"insert into t values ({number}, {literal})"  # noqa: S608 - a test's own literals
            connection.execute(statement.encode())
    return contract("t", column("id", "integer"), column("value", type_, nullable=True))


def _refusal(url: str, table: Contract) -> SourceError | None:
    """Return why a table cannot be read; None where it can."""
    try:
        _read(url, table)
    except SourceError as error:
        return error
    return None


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
def test_values_that_the_lake_cannot_keep_are_told(url: str, type_: str, literal: str) -> None:
    """They would be flattened or guessed: the extraction ends, naming the table."""
    refusal = _refusal(url, _table_of(url, type_, [literal]))
    assert refusal is not None
    assert refusal.where == "table t"


@pytest.mark.parametrize(
    ("type_", "literal", "stored"),
    [
        ("timestamptz", "'infinity'", 2**63 - 1),
        ("timestamptz", "'-infinity'", -(2**63) + 1),
        ("timestamptz", "'0044-03-15 12:00:00+00 BC'", -63_517_780_800_000_000),
        ("timestamptz", "'294276-12-31 23:59:59+00'", None),
        ("date", "'infinity'", 2**31 - 1),
        ("date", "'-infinity'", -(2**31) + 1),
        ("date", "'0044-03-15 BC'", -735_160),
        ("date", "'5874897-12-31'", 2_145_042_905),
    ],
)
def test_moments_beyond_the_calendar_are_never_shifted(
    url: str, type_: str, literal: str, stored: int | None
) -> None:
    """Infinity and years before Christ arrive as they were, or the extraction ends and says why.

    Of infinity there is no Arrow form; the lake keeps the numbers that the warehouse takes for it.
    """
    table = _table_of(url, type_, [literal])
    if _refusal(url, table) is None:
        width = pa.int32() if type_ == "date" else pa.int64()
        assert _read(url, table).column("value").cast(width)[0].as_py() == stored


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


def test_large_tables_come_in_batches(url: str) -> None:
    """Memory stays flat: no batch is much above 8 MiB, and the rows come in the table's own order."""
    with psycopg.connect(url) as connection:
        connection.execute(
            "create table t as select n::integer as id, repeat('x', 1000) as word"
            " from generate_series(1, 30000) as n"
        )
    table = contract("t", column("id", "integer"), column("word", "text"))
    schema = arrow_schema(table)
    with PostgresSource(url).snapshot() as snapshot:
        batches = list(snapshot.read(table, schema))
        again = list(snapshot.read(table, schema))
    assert len(batches) > 2
    assert max(batch.nbytes for batch in batches) < 20 * 1024 * 1024
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
        assert [found.name for found in snapshot.columns(table)] == ["id", "word"]


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
        check_agreement(snapshot, [table])


def test_a_table_without_the_right_to_read_is_told(url: str) -> None:
    """The error names it and what to check; a retry makes no sense."""
    with psycopg.connect(url) as connection:
        connection.execute("create table t (id integer); drop role if exists blind; create role blind login")
    as_blind = url.replace("postgres:", "blind:").replace("postgres@", "blind@")
    table = contract("t", column("id", "integer"))
    with PostgresSource(as_blind).snapshot() as snapshot, pytest.raises(SourceError) as refusal:
        list(snapshot.read(table, arrow_schema(table)))
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
        for _ in snapshot.read(table, arrow_schema(table)):
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
        ("timestamp(3) with time zone", "timestamp(3) with time zone"),
        ("character varying(9)", "character varying(9)"),
    ],
)
def test_types_are_shortened_as_contracts_write_them(catalogue: str, short: str) -> None:
    """And a type of which there is no short form keeps its name."""
    assert short_type(catalogue) == short
