"""The names and types of answers, with what Snowflake sends and the stand-in does not."""

from decimal import Decimal

import pyarrow as pa
from snowflake.connector.constants import FIELD_NAME_TO_ID
from snowflake.connector.cursor import ResultMetadata

from streamvision.adapters.warehouse.snowflake.answers import as_elsewhere


def described(name: str, kind: str, precision: int | None = None, scale: int | None = None) -> ResultMetadata:
    """Return what Snowflake says of a column."""
    return ResultMetadata(name, FIELD_NAME_TO_ID[kind], None, None, precision, scale, True)  # noqa: FBT003


def test_whole_numbers_have_64_bits_however_few_were_sent() -> None:
    """Snowflake sends each part of an answer in as few bits as its numbers need."""
    small = pa.chunked_array([pa.array([1], pa.int8())])
    rows = as_elsewhere(pa.table({"N": small}), [described("N", "FIXED", 38, 0)])
    assert rows.schema == pa.schema({"n": pa.int64()})


def test_whole_numbers_beyond_64_bits_keep_all_their_digits() -> None:
    """As they do on DuckDB."""
    large = Decimal(12345678901234567890)
    sent = pa.table({"N": pa.array([large, 1], pa.decimal128(38, 0))})
    rows = as_elsewhere(sent, [described("N", "FIXED", 38, 0)])
    assert rows.column("n").to_pylist() == [large, Decimal(1)]


def test_decimals_have_the_digits_that_are_described() -> None:
    """An answer without rows comes with no other types than the description's."""
    rows = as_elsewhere(pa.table({"P": pa.array([], pa.int64())}), [described("P", "FIXED", 18, 4)])
    assert rows.schema == pa.schema({"p": pa.decimal128(18, 4)})


def test_two_columns_of_one_name_both_arrive() -> None:
    """A join may bring the same name twice."""
    sent = pa.table([pa.array([1]), pa.array(["x"])], names=["A", "A"])
    rows = as_elsewhere(sent, [described("A", "FIXED", 38, 0), described("A", "TEXT")])
    assert rows.column_names == ["a", "a"]
