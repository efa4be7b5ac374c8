"""Gives each column that the driver hands over its contract's type, exactly, or says why not."""

import pyarrow as pa
import pyarrow.compute as pc

from streamvision.domain.errors import SourceError

# PostgreSQL counts from 2000, Arrow from 1970. The driver adds the difference to infinity as well, which then
# wraps round to a moment long before the first that PostgreSQL can hold. DuckDB and Parquet readers of its
# kind take the greatest integer, and its negative, for the infinities.
_MICROSECONDS_TO_2000 = 946_684_800_000_000
_DAYS_TO_2000 = 10_957
_FIRST_MICROSECOND = -210_866_803_200_000_000
_FIRST_DAY = -2_440_588


def exact_batch(batch: pa.RecordBatch, schema: pa.Schema, table: str) -> pa.RecordBatch:
    """Return a batch in the types of a schema.

    Raises:
        SourceError: when a value does not fit its type exactly.

    """
    columns = [
        _exact_column(column, field, table) for column, field in zip(batch.columns, schema, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _exact_column(column: pa.Array, field: pa.Field, table: str) -> pa.Array:
    # Numerics come as text, marked with an extension type.
    storage = column.storage if isinstance(column, pa.ExtensionArray) else column
    try:
        if pa.types.is_timestamp(field.type):
            storage = _with_infinities(storage, pa.int64(), _MICROSECONDS_TO_2000, _FIRST_MICROSECOND)
        elif pa.types.is_date32(field.type):
            storage = _with_infinities(storage, pa.int32(), _DAYS_TO_2000, _FIRST_DAY)
        return storage.cast(field.type)
    except pa.ArrowInvalid as error:
        raise SourceError(
            f"A value of the column {field.name} does not fit its type {field.type} exactly: {error}",
            where=f"table {table}",
            safe="the lake and the warehouse are as they were; no batch was made",
            next_command="mend the value in the source, or the type in the contract",
        ) from error


def _with_infinities(column: pa.Array, integers: pa.DataType, offset: int, first: int) -> pa.Array:
    values = column.view(integers)
    least = pc.min(values).as_py()
    if least is None or least >= first:
        return column
    greatest = 2 ** (integers.bit_width - 1) - 1
    infinity, minus_infinity = offset - greatest - 2, offset - greatest - 1
    values = pc.if_else(pc.equal(values, infinity), pa.scalar(greatest, integers), values)
    values = pc.if_else(pc.equal(values, minus_infinity), pa.scalar(-greatest, integers), values)
    beyond = pc.sum(pc.and_(pc.less(values, first), pc.not_equal(values, -greatest))).as_py()
    if beyond:
        raise pa.ArrowInvalid(f"{beyond} values lie after the year 294246")
    return values.view(column.type)
