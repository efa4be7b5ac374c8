"""PostgreSQL's types, and random values of each in a form that PostgreSQL reads."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import strategies as st

Texts = st.SearchStrategy[str]

SETUP = (
    "create schema odd",
    "create type mood as enum ('', 'so so', 'O''Hara, \"😀\"')",
    'create type odd."A,""b" as enum (\'x\')',
    "create domain word as text check (value <> 'never')",
    "create domain amount as numeric(9,3)",
    "create domain words as text[]",
    "create domain feeling as mood",
    "create type pair as (a integer, b text, c timestamptz)",
    "create type alone as (a integer)",
    "create domain a_pair as pair",
    "create type textrange as range (subtype = text)",
    "create table odd.known (id integer)",
)


@dataclass(frozen=True)
class Type:
    """Name a type, with values as text.

    Attributes:
        delimiter: what separates values in an array.

    """

    name: str
    values: Texts
    delimiter: str = ","


def _sampled(*texts: str) -> Texts:
    return st.sampled_from(texts)


def _whole(bits: int) -> Texts:
    least, greatest = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    return (st.integers(least, greatest) | st.sampled_from([least, greatest, 0, -1])).map(str)


def _numeric(digits: int, scale: int) -> Texts:
    bound = 10**digits - 1
    small = min(bound, 100)
    numbers = st.integers(-bound, bound) | st.integers(-small, small) | st.sampled_from([bound, -bound])
    return numbers.map(lambda number: _scaled(number, scale)) | _sampled("NaN", "-0", "0")


def _scaled(number: int, scale: int) -> str:
    """Return a number divided by 10 to the power of `scale`, whatever its length."""
    if scale <= 0:
        return f"{number}{'0' * -scale}"
    digits = f"{abs(number):0{scale + 1}d}"
    return f"{'-' if number < 0 else ''}{digits[:-scale]}.{digits[-scale:]}"


def _float(width: int) -> Texts:
    numbers = st.floats(width=64) if width == 64 else st.floats(width=32)
    edges = {
        64: (
            "5e-324",
            "2.2250738585072014e-308",
            "1e15",
            "1e14",
            "123456789012345680",
            "5.990286538570858e+16",
        ),
        32: ("1e-45", "1e6"),
    }
    return numbers.map(repr) | _sampled("NaN", "Infinity", "-Infinity", "-0", "0.0001", "1e-5", *edges[width])


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12) | _sampled(
    "",
    "NULL",
    "null",
    "\\N",
    "\\",
    '"',
    "'",
    "a,b\nc\r\n",
    "{}",
    "{a}",
    "[1:1]={a}",
    " a ",
    "😀",
    "é",
    "\\x",
    "\ufeff",
    "\xa0",
)


@st.composite
def _days(draw: st.DrawFn, last_year: int) -> tuple[str, str]:
    year = draw(
        st.integers(1, last_year) | st.integers(1, 9999) | st.integers(1, 5) | st.integers(1968, 2026)
    )
    era = " BC" if year < 4714 and draw(st.booleans()) else ""
    month = draw(st.integers(1, 12))
    return f"{year:04d}-{month:02d}-{draw(st.integers(1, 28)):02d}", era


_EDGES_OF_DAYS = _sampled(
    "infinity",
    "-infinity",
    "5874897-12-31",
    "4714-11-24 BC",
    "0001-12-31 BC",
    "2000-02-29",
    "0001-02-28 BC",
    "0001-02-29 BC",
)
DATES = _days(5_874_896).map("".join) | _EDGES_OF_DAYS
_TIMES = st.builds(
    lambda seconds, micros: f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{micros:06d}",
    st.integers(0, 86_399),
    st.integers(0, 999_999) | st.sampled_from([0, 1, 100_000, 999_999]),
)
_LAST_MOMENT = "294276-12-31 23:59:59.999999"
_ZONES = _sampled("+00", "+05:30", "-12", "+14")


def _moments(zones: Texts) -> Texts:
    drawn = st.builds(lambda day, time, zone: f"{day[0]} {time}{zone}{day[1]}", _days(294_276), _TIMES, zones)
    edges = _sampled(
        "infinity",
        "-infinity",
        _LAST_MOMENT,
        "294247-01-10 04:00:54.775806",
        "294247-01-10 04:00:54.775807",
        "294247-01-10 04:00:54.775808",
        "4714-11-24 00:00:00 BC",
        "0001-01-01 00:00:00",
        "0001-12-31 23:59:59.999999 BC",
        "9999-12-31 23:59:59.999999",
        "10000-01-01 00:00:00",
        "1969-12-31 23:59:59.999999",
    )
    return drawn | edges


_INTERVALS = st.builds(
    lambda months, days, seconds: f"{months} months {days} days {seconds} seconds",
    st.integers(-(10**6), 10**6),
    st.integers(-(10**6), 10**6),
    st.decimals(-(10**9), 10**9, places=6),
) | _sampled("0", "178000000 years", "-1 day +00:00:01")
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
_ADDRESSES = st.ip_addresses()
_INET = st.builds(
    lambda address, prefix: f"{address}/{prefix % (address.max_prefixlen + 1)}",
    _ADDRESSES,
    st.integers(0, 128),
)
_BITS = st.text("01", max_size=9)
_UNSIGNED = (st.integers(0, 2**32 - 1) | st.sampled_from([2**31, 2**32 - 1])).map(str)
_POINTS = st.builds(
    lambda x, y: f"({x!r},{y!r})", st.floats(allow_nan=False), st.floats(-1e6, 1e6)
) | _sampled("(NaN,-0)", "(Infinity,1e-300)")
_FEW_POINTS = st.lists(
    st.builds(lambda x, y: f"({x},{y})", st.integers(-9, 9), st.integers(-9, 9)), min_size=2, max_size=4
)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _lexeme(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


_LEXEMES = TEXT.filter(bool).map(_lexeme)
_TSVECTOR = st.lists(
    st.builds("{}:{}{}".format, _LEXEMES, st.integers(1, 99), st.sampled_from("ABCD")), max_size=3
).map(" ".join)
_PAIRS = st.builds(
    lambda a, b, c: f"({a},{b},{c})",
    st.just("") | _whole(32),
    st.just("") | TEXT.map(_quoted),
    st.just("") | _moments(_ZONES).map(_quoted),
)


def _range(bounds: st.SearchStrategy[int], write: Callable[[int], str]) -> Texts:
    bounded = st.builds(
        lambda first, more, left, right: f"{left}{write(first)},{write(first + more)}{right}",
        bounds,
        st.integers(0, 50),
        st.sampled_from("[("),
        st.sampled_from(")]"),
    )
    return bounded | _sampled("empty", "(,)", "[,]")


def _day_of(number: int) -> str:
    return f"{1900 + number % 300}-01-{1 + number // 300 % 28:02d}"


_INT_RANGES = _range(st.integers(-1000, 1000), str)

TYPES = (
    Type("smallint", _whole(16)),
    Type("integer", _whole(32)),
    Type("bigint", _whole(64)),
    Type(
        "numeric",
        st.decimals(allow_nan=False).map(str) | _numeric(200, 100) | _sampled("-Infinity", "1e500", "1.000"),
    ),
    Type("numeric(9,3)", _numeric(9, 3)),
    Type("numeric(18,0)", _numeric(18, 0)),
    Type("numeric(38,10)", _numeric(38, 10)),
    Type("numeric(38,38)", _numeric(38, 38)),
    Type("numeric(39,1)", _numeric(39, 1)),
    Type("numeric(3,-2)", _numeric(3, -2)),
    Type("numeric(2,4)", _numeric(2, 4)),
    Type("real", _float(32)),
    Type("double precision", _float(64)),
    Type("boolean", _sampled("true", "false")),
    Type("text", TEXT),
    Type("varchar", TEXT),
    Type("varchar(5)", TEXT),
    Type("char(3)", TEXT),
    Type("bpchar", TEXT),
    Type("name", TEXT),
    Type('"char"', st.characters(min_codepoint=1, max_codepoint=127) | _sampled("", "é")),
    Type("bytea", st.binary(max_size=20).map(lambda value: rf"\x{value.hex()}")),
    Type("date", DATES),
    Type("time", _TIMES | _sampled("24:00:00")),
    Type("time(2)", _TIMES),
    Type("timetz", st.builds("{}{}".format, _TIMES, _ZONES)),
    Type("timestamp", _moments(st.just(""))),
    Type("timestamp(3)", _moments(st.just("")).filter(_LAST_MOMENT.__ne__)),
    Type("timestamptz", _moments(_ZONES)),
    Type("timestamptz(0)", _moments(_ZONES).filter(_LAST_MOMENT.__ne__)),
    Type("interval", _INTERVALS),
    Type("interval day to second(3)", _INTERVALS),
    Type("uuid", st.uuids().map(str)),
    Type("json", st.builds(json.dumps, _JSON, ensure_ascii=st.booleans(), indent=st.sampled_from([None, 1]))),
    Type("jsonb", _JSON.map(lambda value: json.dumps(value, ensure_ascii=False))),
    Type("jsonpath", _sampled("$", "$.a[*] ? (@ > 1)", 'strict $."b c"')),
    Type("inet", _INET | _ADDRESSES.map(str)),
    Type("cidr", _ADDRESSES.map(str)),
    Type("macaddr", st.binary(min_size=6, max_size=6).map(lambda value: value.hex(":"))),
    Type("macaddr8", st.binary(min_size=8, max_size=8).map(lambda value: value.hex(":"))),
    Type("mood", _sampled("", "so so", 'O\'Hara, "😀"')),
    Type('odd."A,""b"', _sampled("x")),
    Type("word", TEXT),
    Type("amount", _numeric(9, 3)),
    Type("words", st.lists(TEXT.map(_quoted), max_size=3).map(lambda found: "{" + ",".join(found) + "}")),
    Type("feeling", _sampled("", "so so")),
    Type("pair", _PAIRS),
    Type("a_pair", _PAIRS),
    Type("alone", _sampled("()", "(1)")),
    Type("int4range", _INT_RANGES),
    Type("int8range", _INT_RANGES),
    Type("numrange", _range(st.integers(-1000, 1000), lambda number: f"{number}.50")),
    Type("daterange", _range(st.integers(0, 100), _day_of)),
    Type("tsrange", _range(st.integers(0, 100), lambda number: f'"{_day_of(number)} 12:00:00.5"')),
    Type("tstzrange", _range(st.integers(0, 100), lambda number: f'"{_day_of(number)} 12:00:00+02"')),
    Type("textrange", TEXT.map(lambda text: f"[{_quoted(text)},{_quoted(text + '~')})")),
    Type(
        "int4multirange",
        st.lists(_INT_RANGES.filter("empty".__ne__), max_size=3).map(
            lambda found: "{" + ",".join(found) + "}"
        ),
    ),
    Type("money", st.integers(-(2**63), 2**63 - 1).map(lambda cents: _scaled(cents, 2))),
    Type("bit(5)", st.text("01", min_size=5, max_size=5)),
    Type("varbit", _BITS),
    Type("bit varying(9)", _BITS),
    Type("tsvector", _TSVECTOR),
    Type("tsquery", _LEXEMES | st.builds("{} & !{}:*".format, _LEXEMES, _LEXEMES)),
    Type("point", _POINTS),
    Type("line", _sampled("{1,2,3}", "{0,-1,1e-5}", "[(0,0),(1,3)]")),
    Type("lseg", st.builds("[{},{}]".format, _POINTS, _POINTS)),
    Type("box", st.builds("{},{}".format, _POINTS, _POINTS), delimiter=";"),
    Type(
        "path",
        _FEW_POINTS.map(lambda points: f"[{','.join(points)}]")
        | _FEW_POINTS.map(lambda points: f"({','.join(points)})"),
    ),
    Type("polygon", _FEW_POINTS.map(lambda points: f"({','.join(points)})")),
    Type(
        "circle", st.builds("<({},{}),{}>".format, st.integers(-9, 9), st.integers(-9, 9), st.floats(0, 1e9))
    ),
    Type("oid", _UNSIGNED),
    Type("xid", _UNSIGNED),
    Type("cid", _UNSIGNED),
    Type("xid8", st.integers(0, 2**64 - 1).map(str)),
    Type("regclass", _sampled("odd.known", "pg_class")),
    Type("regtype", _sampled("integer", "public.mood", 'odd."A,""b"', "text[]", "-")),
    Type("regproc", _sampled("now", "-")),
    Type("regnamespace", _sampled("odd", "pg_catalog")),
    Type("tid", st.builds("({},{})".format, st.integers(0, 2**32 - 1), st.integers(0, 2**16 - 1))),
    Type("pg_lsn", st.integers(0, 2**64 - 1).map(lambda number: f"{number >> 32:X}/{number % 2**32:X}")),
    Type("pg_snapshot", _sampled("10:20:10,14,15", "1:1:")),
    Type("int2vector", st.lists(_whole(16), max_size=3).map(" ".join)),
    Type("oidvector", st.lists(_UNSIGNED, max_size=3).map(" ".join)),
)


def arrays(element: Type) -> Type:
    """Return the type of arrays of a type: of no, one or two dimensions, some not beginning at 1."""

    def write(elements: list[str | None]) -> str:
        return "{" + element.delimiter.join("NULL" if one is None else _quoted(one) for one in elements) + "}"

    flat = st.lists(st.none() | element.values, max_size=4)
    full = st.lists(st.none() | element.values, min_size=1, max_size=3)
    return Type(
        f"{element.name}[]",
        flat.map(write)
        | full.map(lambda elements: "{" + element.delimiter.join([write(elements)] * 2) + "}")
        | full.map(lambda elements: f"[3:{2 + len(elements)}]={write(elements)}"),
    )
