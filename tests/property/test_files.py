"""Whatever a table holds, its files say the same in every format, and the warehouse reads just that."""

import math
import struct
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamvision.adapters.warehouse.duckdb.incoming import (
    AS_READ,
    FILE_NUMBER,
    UNREADABLE,
    VIEW,
    show_incoming,
)
from streamvision.domain.batch import FileFormat
from streamvision.domain.changes import ROW, Mode
from streamvision.domain.contract import Contract
from tests.fakes.building import column, contract, incoming_arrow, schema_of
from tests.property.bounded import bounded

FORMATS: tuple[FileFormat, ...] = ("parquet", "csv", "csv.gz")
MODES: tuple[Mode, ...] = ("snapshot", "changes", "cursor")
_INFINITE_DAY, _INFINITE_MOMENT = 2**31 - 1, 2**63 - 1
_FIRST_DAY, _FIRST_MOMENT = -2_440_588, -210_866_803_200_000_000
_LAST_DAY, _LAST_MOMENT = 2_145_031_948, 9_223_371_331_199_999_999
TYPES = (
    "smallint", "integer", "bigint", "real", "double precision", "numeric(5,2)", "numeric(38,38)",
    "numeric(38,0)", "numeric(20,8)", "boolean", "date", "timestamp", "timestamptz", "timestamptz(3)",
    "bytea", "text[]", "text", "interval", "numeric",
)  # fmt: skip
"""One or more of each Arrow type in which the lake keeps values."""


def _integers(bits: int) -> st.SearchStrategy[int]:
    return st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def _around(first: int, last: int, infinite: int, *turns: int) -> st.SearchStrategy[int]:
    near = [turn + step for turn in (first + 1, last - 1, *turns) for step in (-1, 0, 1)]
    return st.sampled_from([*near, infinite, -infinite]) | st.integers(first, last)


_TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
_HOSTILE = st.sampled_from(
    [
        "",
        '"',
        '""',
        ",",
        "\r\n",
        "\n",
        "\r",
        "\\N",
        "NULL",
        ' " ',
        '1,"x"\r\n2,"y"',
        "\x01\x1f\\",
        "é😀\u2028",
    ]
)
_DAY = 86_400_000_000
_YEARS = (-719_162, 2_932_896, 0)
_WORDS = _TEXTS | _HOSTILE
_VALUES: Sequence[
    tuple[Callable[[pa.DataType], bool], Callable[[pa.DataType], st.SearchStrategy[object]]]
] = (
    (pa.types.is_integer, lambda type_: _integers(type_.bit_width)),
    (pa.types.is_floating, lambda type_: st.floats(width=type_.bit_width, allow_subnormal=True)),
    (
        pa.types.is_decimal,
        lambda type_: st.integers(1 - 10**type_.precision, 10**type_.precision - 1).map(
            lambda digits: Decimal((int(digits < 0), tuple(map(int, str(abs(digits)))), -type_.scale))
        ),
    ),
    (pa.types.is_boolean, lambda _type: st.booleans()),
    (pa.types.is_date, lambda _type: _around(_FIRST_DAY, _LAST_DAY, _INFINITE_DAY, *_YEARS)),
    (
        pa.types.is_timestamp,
        lambda _type: _around(_FIRST_MOMENT, _LAST_MOMENT, _INFINITE_MOMENT, *(_DAY * day for day in _YEARS)),
    ),
    (pa.types.is_binary, lambda _type: st.binary(max_size=9)),
    (pa.types.is_list, lambda _type: st.lists(st.none() | _WORDS, max_size=4)),
    (pa.types.is_string, lambda _type: _WORDS),
)


def _values(type_: pa.DataType) -> st.SearchStrategy[object]:
    return next(strategy(type_) for is_of_kind, strategy in _VALUES if is_of_kind(type_))


@st.composite
def _tables(draw: st.DrawFn, mode: Mode) -> tuple[Contract, pa.Table]:
    columns = [column(f"c{number}", type_, nullable=True) for number, type_ in enumerate(TYPES)]
    table = contract("things", *columns, key=())
    rows = draw(st.integers(0, 8))
    schema = schema_of(table, mode)
    arrays = [
        _array(draw(st.lists(st.none() | _values(field.type), min_size=rows, max_size=rows)), field.type)
        for field in schema
    ]
    return table, pa.Table.from_arrays(arrays, schema=schema)


def _array(values: Sequence[object], type_: pa.DataType) -> pa.Array:
    """Return an array; moments are given as counts, since Python cannot tell all of them."""
    counts = {32: pa.int32(), 64: pa.int64()}
    if pa.types.is_temporal(type_):
        return pa.array(values, counts[type_.bit_width]).view(type_)
    return pa.array(values, type_)


def _plain(values: pa.ChunkedArray) -> list[object]:
    """Return values that can be compared: moments as counts, floats by their bits."""
    counts = {32: pa.int32(), 64: pa.int64()}
    if pa.types.is_temporal(values.type):
        chunks = [chunk.view(counts[values.type.bit_width]) for chunk in values.chunks]
        return [value for chunk in chunks for value in chunk.to_pylist()]
    return [_bits(value) if isinstance(value, float) else value for value in values.to_pylist()]


def _name(type_: pa.DataType) -> str:
    """Return a type's name; DuckDB has names of its own for UTC and for the items of lists."""
    return f"list of {type_.value_type}" if pa.types.is_list(type_) else str(type_).replace("Etc/UTC", "UTC")


def _bits(value: float) -> object:
    return "NaN" if math.isnan(value) else struct.pack("d", value)


def _read_back(
    folder: Path, table: Contract, rows: pa.Table, file_format: FileFormat, mode: Mode
) -> pa.Table:
    incoming = incoming_arrow(folder, table, rows, file_format=file_format, mode=mode)
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        show_incoming(connection, incoming)
        order = f"order by {FILE_NUMBER}, _source_row"
        unreadable = connection.execute(f"select {UNREADABLE}, {AS_READ} from {VIEW} {order}").fetchall()  # noqa: S608 - a test's own
        assert unreadable == [([], None)] * rows.num_rows
        names = ", ".join(f'"{name}"' for name in rows.schema.names if name != ROW)
        return connection.sql(f"select {names} from {VIEW} {order}").to_arrow_table()  # noqa: S608 - a test's own


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("file_format", FORMATS)
def test_every_value_of_every_type_comes_back(file_format: FileFormat, mode: Mode) -> None:
    """From Arrow into a file and out of it into the warehouse, NULL and empty text apart."""

    @bounded(15)
    @given(_tables(mode))
    def holds(made: tuple[Contract, pa.Table]) -> None:
        table, rows = made
        with TemporaryDirectory() as folder:
            found = _read_back(Path(folder), table, rows, file_format, mode)
        for name in rows.schema.names:
            kept, wanted = found.column(name), rows.column(name)
            assert _name(kept.type) == _name(wanted.type)
            assert _plain(kept) == _plain(wanted)

    holds()
