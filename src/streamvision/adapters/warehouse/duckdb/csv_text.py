"""Reads CSV files as text, and text as the values that it stands for."""

from collections.abc import Callable, Iterable
from pathlib import Path

import pyarrow as pa

from streamvision.adapters.warehouse.duckdb.sql_text import literal

# A line is a row, and is held in memory whole.
_LONGEST_LINE = 256 * 1024 * 1024
# No year 0; years of more than four digits have no zero in front.
_DAY = r"([1-9]\d{3,6}|0[1-9]\d{2}|00[1-9]\d|000[1-9])-\d{2}-\d{2}"
_TIME = r"([01]\d|2[0-3]):\d{2}:\d{2}(\.\d{1,6})?"
_ZONE = r"(Z|[+-]\d{2}(:?\d{2})?)"
_WHOLE_NUMBER = r"-?\d+"
_FLOAT = r"-?\d+(\.\d+)?(e[+-]\d+)?|NaN|-?Infinity"

_Reading = Callable[[str, pa.DataType], str]


def csv_scan(path: Path, names: Iterable[str]) -> str:
    """Return the table of a file's texts, with these columns; NULL where nothing stands.

    The file is read from front to end: what several threads begin in its middle, they take for lines that
    which is only text within quotes.
    """
    names = list(names)
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
    # Lines end as the first one seems to, even where that is a line break in a name of the header.
    has_breaks = any(name.splitlines() != [name] for name in names)
    ends = r", new_line = '\r\n'" if has_breaks else ""
    return (
        f"read_csv({literal(path)}, header = true, auto_detect = false, columns = {{{columns}}},"
        " nullstr = '', allow_quoted_nulls = false, delim = ',', quote = '\"', escape = '\"',"
        f" parallel = false, max_line_size = {_LONGEST_LINE}, buffer_size = {_LONGEST_LINE}{ends})"
    )


def exact_value(text: str, type_: pa.DataType) -> str:
    """Return the value, in DuckDB's type for an Arrow type, of an expression of text.

    It is NULL where the text has not exactly the form of its type: DuckDB's own casts round, guess and cut.
    """
    return next(read for is_of_kind, read in _READINGS if is_of_kind(type_))(text, type_)


def _where_formed(text: str, form: str, value: str) -> str:
    return f"case when regexp_full_match({text}, {literal(form)}) then {value} end"


def _integer(text: str, type_: pa.DataType) -> str:
    names = {16: "SMALLINT", 32: "INTEGER", 64: "BIGINT"}
    return _where_formed(text, _WHOLE_NUMBER, f"try_cast({text} as {names[type_.bit_width]})")


def _float(text: str, type_: pa.DataType) -> str:
    value = f"try_cast({text} as {'FLOAT' if pa.types.is_float32(type_) else 'DOUBLE'})"
    # What is too large for the type would be read as infinite, what is too small as zero.
    lost = (
        f"isinf({value}) and {text} not like '%Infinity'"
        f" or {value} = 0 and not regexp_full_match({text}, '-?0(\\.0+)?')"
    )
    return _where_formed(text, _FLOAT, f"case when not ({lost}) then {value} end")


def _decimal(text: str, type_: pa.DataType) -> str:
    form = rf"-?\d+(\.\d{{1,{type_.scale}}})?" if type_.scale else _WHOLE_NUMBER
    return _where_formed(text, form, f"try_cast({text} as DECIMAL({type_.precision},{type_.scale}))")


def _boolean(text: str, _type: pa.DataType) -> str:
    return _where_formed(text, "true|false", f"try_cast({text} as BOOLEAN)")


def _date(text: str, _type: pa.DataType) -> str:
    value = f"try_cast({_with_era_after_day(text)} as DATE)"
    return _where_formed(text, f"{_DAY}( BC)?|-?infinity", value)


def _timestamp(text: str, type_: pa.DataType) -> str:
    name, zone = ("TIMESTAMP WITH TIME ZONE", _ZONE) if type_.tz else ("TIMESTAMP", "")
    value = f"try_cast({_with_era_after_day(text)} as {name})"
    return _where_formed(text, f"{_DAY} {_TIME}{zone}( BC)?|-?infinity", value)


def _with_era_after_day(text: str) -> str:
    """Return the text as DuckDB reads it: the source writes BC last, and without brackets."""
    moved = f"regexp_replace({text}, '^([^ ]+)(.*) BC$', '\\1 (BC)\\2')"
    return f"case when {text} like '% BC' then {moved} else {text} end"


def _bytes(text: str, _type: pa.DataType) -> str:
    return _where_formed(text, r"\\x([0-9a-f]{2})*", f"unhex(substr({text}, 3))")


def _list(text: str, _type: pa.DataType) -> str:
    # What is no text in the JSON would be made one.
    items = f"json_extract({text}, '$[*]')"
    only_texts = f"list_filter({items}, lambda _x: json_type(_x) not in ('VARCHAR', 'NULL')) = []"
    value = f"from_json({text}, '[\"VARCHAR\"]')"
    return (
        f"try(case when json_valid({text}) and json_type({text}) = 'ARRAY' and {only_texts} then {value} end)"
    )


def _text(text: str, _type: pa.DataType) -> str:
    return text


_READINGS: tuple[tuple[Callable[[pa.DataType], bool], _Reading], ...] = (
    (pa.types.is_integer, _integer),
    (pa.types.is_floating, _float),
    (pa.types.is_decimal, _decimal),
    (pa.types.is_boolean, _boolean),
    (pa.types.is_date, _date),
    (pa.types.is_timestamp, _timestamp),
    (pa.types.is_binary, _bytes),
    (pa.types.is_list, _list),
    (pa.types.is_string, _text),
)
