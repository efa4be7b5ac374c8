"""Whatever a value of any of PostgreSQL's types is, the lake holds just what the source says of it."""

import json
from collections.abc import Iterator, Sequence
from itertools import count
from typing import TYPE_CHECKING

import psycopg
import pyarrow as pa
import pytest
from adbc_driver_postgresql import dbapi
from hypothesis import given
from hypothesis import strategies as st
from psycopg import sql

from streamvision.adapters.source.postgres.from_text import from_text
from streamvision.adapters.source.postgres.select_list import exact_batch, expressions
from streamvision.adapters.source.postgres.session import SETTINGS
from streamvision.adapters.source.postgres.type_names import short_type
from streamvision.domain.changes import UNFIT
from streamvision.domain.contract import Contract
from streamvision.domain.derived import derived_column, derived_contract
from streamvision.ports.arrow_types import data_fields, snapshot_schema
from tests.property.bounded import bounded
from tests.property.type_values import SETUP, TYPES, Type, arrays
from tests.support.to_text import to_text

if TYPE_CHECKING:
    from tests.support.embedded_postgres import EmbeddedPostgres

_TEXT = "case when value is distinct from null then format('%s', value) end"


class Database:
    """A database with a connection that writes, and one that reads as the snapshots do."""

    def __init__(self, url: str) -> None:
        """Connect, and make the types that do not come with the server."""
        self._writer = psycopg.connect(url, autocommit=True)
        self._writer.execute("set search_path = 'public'")
        for statement in SETUP:
            self._writer.execute(statement.encode())
        self._reader = dbapi.connect(url, autocommit=True)
        with self._reader.cursor() as cursor:
            for statement in SETTINGS:
                cursor.execute(statement)
        self._told = psycopg.connect(url, autocommit=True)
        for statement in SETTINGS:
            self._told.execute(statement)
        self._numbers = count()

    def close(self) -> None:
        """Close the connections."""
        for connection in (self._writer, self._reader, self._told):
            connection.close()

    def table_of(self, type_: str, values: Sequence[str | None]) -> Contract:
        """Make a table with a value per row, and return its contract."""
        name = f"t{next(self._numbers)}"
        table = sql.Identifier(name)
        self._writer.execute(sql.SQL("create table {} (n integer, value ").format(table) + _raw(f"{type_})"))
        self._writer.execute(
            sql.SQL("insert into {} select n, cast(x as ").format(table)
            + _raw(f"{type_}) from unnest(%s::text[]) with ordinality as u (x, n)"),
            [list(values)],
        )
        row = self._told.execute(
            "select format_type(atttypid, atttypmod) from pg_attribute"
            " where attrelid = format('public.%%I', %s::text)::regclass and attname = 'value'",
            [name],
        ).fetchone()
        assert row
        return derived_contract(
            ("public", name), name, [derived_column("value", short_type(row[0]), nullable=True)], ()
        )

    def told(self, contract: Contract) -> list[str | None]:
        """Return the source's own text of each value."""
        rows = self._told.execute(
            sql.SQL("select {} from {} order by n").format(
                _raw(_TEXT), sql.Identifier("public", contract.table)
            )
        )
        return [row[0] for row in rows.fetchall()]

    def read(self, contract: Contract) -> pa.RecordBatch:
        """Read a table as snapshots do."""
        query = sql.SQL("select {} from {} order by n").format(
            sql.SQL(", ").join(expressions(contract)), sql.Identifier("public", contract.table)
        )
        with self._reader.cursor() as cursor:
            cursor.execute(query.as_string())
            (batch,) = cursor.fetch_arrow_table().combine_chunks().to_batches()
        return exact_batch(batch, contract, snapshot_schema(contract))

    def drop(self, contract: Contract) -> None:
        """Drop a table."""
        self._writer.execute(sql.SQL("drop table {}").format(sql.Identifier(contract.table)))


@pytest.fixture(scope="module")
def database(embedded_server: "EmbeddedPostgres") -> Iterator[Database]:
    """Give a database that all examples share; each has a table of its own."""
    made = Database(embedded_server.new_database())
    yield made
    made.close()


def _raw(text: str) -> sql.SQL:
    return sql.SQL(text)


def _bits(values: pa.Array) -> pa.Array:
    """Return floats as integers, of which NaN equals itself and 0 is not -0."""
    integers = {pa.float32(): pa.int32(), pa.float64(): pa.int64()}
    return values.view(integers.get(values.type, values.type))


def _check(database: Database, type_: Type, drawn: Sequence[str | None]) -> None:
    contract = database.table_of(type_.name, drawn)
    told = database.told(contract)
    batch = database.read(contract)
    database.drop(contract)
    values = batch.column(0)
    values.validate(full=True)
    unfit = _unfit(batch)
    held = to_text(values)
    assert [written if written is not None else unfit[row] for row, written in enumerate(held)] == told
    assert all(written is None or unfit[row] is None for row, written in enumerate(held))
    _check_log(contract, told, values, unfit)


def _check_log(contract: Contract, told: list[str | None], values: pa.Array, unfit: list[str | None]) -> None:
    """Hold what the log makes of the source's text against what a snapshot reads."""
    (field,) = data_fields(contract)
    logged, unfit_texts = from_text(pa.array(told, pa.string()), field)
    logged.validate(full=True)
    assert logged.type == values.type
    assert _bits(logged).equals(_bits(values))
    assert (unfit_texts.to_pylist() if unfit_texts is not None else [None] * len(told)) == unfit


def _unfit(batch: pa.RecordBatch) -> list[str | None]:
    if UNFIT not in batch.schema.names:
        return [None] * batch.num_rows
    found = [None if text is None else json.loads(text) for text in batch.column(UNFIT).to_pylist()]
    assert all(one is None or list(one) == ["value"] for one in found)
    return [one and one["value"] for one in found]


@pytest.mark.parametrize("type_", TYPES, ids=lambda type_: type_.name)
@bounded(5)
@given(data=st.data())
def test_values_of_every_type_are_as_the_source_writes_them(
    database: Database, type_: Type, data: st.DataObject
) -> None:
    """Read by snapshot or by log it is the same, and says what the source says, or is told to be unfit."""
    _check(database, type_, data.draw(st.lists(st.none() | type_.values, min_size=1, max_size=60)))


@pytest.mark.parametrize("type_", TYPES, ids=lambda type_: type_.name)
@bounded(3)
@given(data=st.data())
def test_arrays_of_every_type_are_as_the_source_writes_them(
    database: Database, type_: Type, data: st.DataObject
) -> None:
    """Of any dimensions; what Arrow's lists cannot be is told to be unfit."""
    array = arrays(type_)
    _check(database, array, data.draw(st.lists(st.none() | array.values, min_size=1, max_size=20)))
