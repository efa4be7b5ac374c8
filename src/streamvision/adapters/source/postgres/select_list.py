"""Says how each column is selected so that ADBC carries it exactly, and makes the lake's batches of that."""

import re
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc
from psycopg import sql

from streamvision.adapters.source.postgres.from_text import INFINITE_DAY, INFINITE_MOMENT, from_text
from streamvision.adapters.source.postgres.unfit import unfit_column
from streamvision.domain.changes import OPERATION, ROW, UNFIT
from streamvision.domain.contract import Column, Contract
from streamvision.pipeline.extract.source_text import source_text

# ADBC hands these over as they are.
_NATIVE = re.compile(
    r"smallint|integer|bigint|real|double precision|boolean|text|(var)?char(\(\d+\))?|bpchar|date|bytea"
    r"|timestamp(tz)?(\(\d\))?"
)
# A cast to text writes these as their own output does, and is faster than format.
_CAST = re.compile(r"numeric(\(.*\))?|uuid|jsonb?")
_OUTPUT = sql.SQL("case when {column} is distinct from null then format('%s', {column}) end")
_ONLY_LISTS = sql.SQL(
    "case when coalesce(array_ndims({column}), 1) = 1 and coalesce(array_lower({column}, 1), 1) = 1"
    " then {column} end"
)
_OTHER_ARRAYS = sql.SQL(
    "case when array_ndims({column}) > 1 or array_lower({column}, 1) <> 1 then {column}::text end"
)

# PostgreSQL counts from 2000, Arrow from 1970. The driver adds the difference to infinity as well, and to
# moments after the year 294246: those then wrap round to before the first moment that PostgreSQL can hold.
_MICROSECONDS_TO_2000 = 946_684_800_000_000
_DAYS_TO_2000 = 10_957
_FIRST_MICROSECOND = -210_866_803_200_000_000
_FIRST_DAY = -2_440_588
# The calendar repeats itself.
_YEARS_OF_CYCLE = 400
_MICROSECONDS_OF_CYCLE = 146_097 * 86_400_000_000


def expressions(contract: Contract) -> list[sql.Composable]:
    """Return what to select of a contract's table, so that `exact_batch` can read the result."""
    return [found for column in contract.columns for found in _expressions(column)] or [sql.SQL("true")]


def exact_batch(batch: pa.RecordBatch, contract: Contract, schema: pa.Schema) -> pa.RecordBatch:
    """Return a batch that was read with `expressions` in the lake's types.

    Args:
        batch: as ADBC hands it over.
        contract: whose expressions were selected.
        schema: `snapshot_schema` or `cursor_schema` of the contract.

    """
    given = iter(batch.columns)
    columns: dict[str, pa.Array] = {}
    unfit: dict[str, pa.StringArray] = {}
    for column in contract.columns:
        columns[column.name], texts = _exact_column(given, schema.field(column.name))
        if texts is not None:
            unfit[column.name] = texts
    rows = batch.num_rows
    for name in schema.names[len(contract.columns) :]:
        columns[name] = _technical_column(name, unfit, rows)
    return pa.RecordBatch.from_arrays([columns[name] for name in schema.names], schema=schema)


def _expressions(column: Column) -> Iterator[sql.Composable]:
    name = sql.Identifier(column.in_source)
    if column.type == "text[]":
        yield _ONLY_LISTS.format(column=name)
        yield _OTHER_ARRAYS.format(column=name)
    elif _NATIVE.fullmatch(column.type):
        yield name
    elif _CAST.fullmatch(column.type):
        yield sql.SQL("{}::text").format(name)
    else:
        yield _OUTPUT.format(column=name)


def _exact_column(given: Iterator[pa.Array], field: pa.Field) -> tuple[pa.Array, pa.StringArray | None]:
    values = next(given)
    if pa.types.is_list(field.type):
        texts = next(given)
        return values.cast(field.type), texts if texts.null_count < len(texts) else None
    if pa.types.is_decimal(field.type):
        return from_text(values, field)
    if pa.types.is_timestamp(field.type):
        return _moments(values.cast(field.type))
    if pa.types.is_date32(field.type):
        return _days(values), None
    return _one_nan(values.cast(field.type)), None


def _technical_column(name: str, unfit: dict[str, pa.StringArray], rows: int) -> pa.Array:
    if name == UNFIT:
        return unfit_column(unfit, rows)
    return pa.repeat({OPERATION: pa.scalar("upsert"), ROW: pa.scalar(value=True)}[name], rows)


def _moments(values: pa.Array) -> tuple[pa.Array, pa.StringArray | None]:
    """Return moments with their infinities, and the texts of those that lie after the last one in Arrow."""
    moments = values.view(pa.int64())
    least, greatest = pc.min_max(moments).as_py().values()
    if least is None or (least >= _FIRST_MICROSECOND and greatest < INFINITE_MOMENT):
        return values, None
    moments, is_infinite = _with_infinities(moments, _MICROSECONDS_TO_2000, INFINITE_MOMENT)
    wrapped = pc.or_(pc.less(moments, _FIRST_MICROSECOND), pc.equal(moments, INFINITE_MOMENT))
    beyond = pc.fill_null(pc.and_not(wrapped, is_infinite), fill_value=False)
    if not pc.any(beyond).as_py():
        return moments.view(values.type), None
    texts = _texts_beyond(moments.filter(beyond), values.type)
    unfit = pc.replace_with_mask(pa.nulls(len(values), pa.string()), beyond, texts)
    return pc.if_else(beyond, None, moments).view(values.type), unfit


def _texts_beyond(moments: pa.Int64Array, type_: pa.DataType) -> pa.StringArray:
    """Return the source's text of moments after the last one in Arrow, most of which have wrapped round."""
    earlier = [(moment % 2**64) - _MICROSECONDS_OF_CYCLE for moment in moments.to_pylist()]
    parted = (text.partition("-") for text in source_text(pa.array(earlier, type_)).to_pylist())
    return pa.array([f"{int(year) + _YEARS_OF_CYCLE}-{rest}" for year, _, rest in parted], pa.string())


def _days(values: pa.Array) -> pa.Array:
    days = values.view(pa.int32())
    least = pc.min(days).as_py()
    if least is None or least >= _FIRST_DAY:
        return values
    return _with_infinities(days, _DAYS_TO_2000, INFINITE_DAY)[0].view(values.type)


def _with_infinities(values: pa.Array, offset: int, infinite: int) -> tuple[pa.Array, pa.Array]:
    """Return integers with those for infinity and -infinity in place, and where they are."""
    is_greatest = pc.equal(values, pa.scalar(offset - infinite - 2, values.type))
    is_least = pc.equal(values, pa.scalar(offset - infinite - 1, values.type))
    values = pc.if_else(is_greatest, pa.scalar(infinite, values.type), values)
    values = pc.if_else(is_least, pa.scalar(-infinite, values.type), values)
    return values, pc.or_(is_greatest, is_least)


def _one_nan(values: pa.Array) -> pa.Array:
    """Return floats in which NaN has one form, as it has in text: calculations leave several."""
    if not pa.types.is_floating(values.type) or not pc.any(pc.is_nan(values)).as_py():
        return values
    return pc.if_else(pc.is_nan(values), pa.scalar(float("nan"), values.type), values)
