"""The text that CSV files hold is the text that PostgreSQL itself writes."""

import random
import struct
from collections.abc import Sequence
from decimal import Context, Decimal

import numpy as np
import psycopg
import pyarrow as pa
import pytest
from psycopg import sql

from streamvision.adapters.source.postgres.session import SETTINGS
from streamvision.pipeline.extract.source_text import source_text
from tests.support.embedded_postgres import EmbeddedPostgres

_INFINITE_DAY, _INFINITE_MOMENT = 2**31 - 1, 2**63 - 1
_CHANCE = random.Random(20260314)  # noqa: S311 - a test's own


def _floats(code: str, width: int) -> list[float]:
    """Return floats of all sizes, most of them by random bits, and those at which the form may turn."""
    drawn = [struct.unpack(code, _CHANCE.randbytes(width))[0] for _ in range(3000)]
    turns = [sign * 10.0**power for power in range(-30, 30) for sign in (1, -1)]
    between = [_CHANCE.uniform(0.1, 10) * 10 ** _CHANCE.randint(-7, 17) for _ in range(3000)]
    whole = [float(_CHANCE.randint(-(10**power), 10**power)) for power in range(1, 20) for _ in range(50)]
    kind = np.finfo(np.float32 if width == 4 else np.float64)
    ends = [sign * float(end) for end in (kind.max, kind.tiny, kind.smallest_subnormal) for sign in (1, -1)]
    special = [0.0, -0.0, float("inf"), float("-inf"), float("nan")]
    return [*drawn, *turns, *between, *whole, *ends, *special]


def _counts(first: int, last: int, infinite: int, turns: Sequence[int]) -> list[int]:
    near = [turn + step for turn in (first + 1, last - 1, *turns) for step in (-1, 0, 1)]
    return [*near, infinite, -infinite, *(_CHANCE.randint(first, last) for _ in range(1000))]


_DAYS = pa.array(_counts(-2_440_588, 2_145_031_948, _INFINITE_DAY, [-719_162, 2_932_896]), pa.int32())
_MOMENTS = pa.array(
    [
        *_counts(-210_866_803_200_000_000, 9_223_371_331_199_999_999, _INFINITE_MOMENT, [0]),
        *(_CHANCE.randint(0, 2**51) // 10**places * 10**places for places in range(7) for _ in range(50)),
    ],
    pa.int64(),
)
_DECIMALS = [
    Decimal(_CHANCE.randint(-(10**power), 10**power)).scaleb(-20, Context(38))
    for power in range(38)
    for _ in range(20)
]


@pytest.mark.parametrize(
    ("type_", "values"),
    [
        ("float8", pa.array(_floats("d", 8), pa.float64())),
        ("float4", pa.array(_floats("f", 4), pa.float64()).cast(pa.float32())),
        ("date", _DAYS.view(pa.date32())),
        ("timestamp", _MOMENTS.view(pa.timestamp("us"))),
        ("timestamptz", _MOMENTS.view(pa.timestamp("us", "UTC"))),
        ("numeric(38,20)", pa.array(_DECIMALS, pa.decimal128(38, 20))),
        ("bytea", pa.array([b"", *(_CHANCE.randbytes(n) for n in range(300))], pa.binary())),
        ("boolean", pa.array([True, False])),
        ("bigint", pa.array([-(2**63), 0, 2**63 - 1])),
    ],
    ids=lambda value: value if isinstance(value, str) else "values",
)
def test_the_source_writes_what_it_reads(
    embedded_server: EmbeddedPostgres, type_: str, values: pa.Array
) -> None:
    """Each text is read as a value that PostgreSQL writes in just that way."""
    texts = source_text(values).to_pylist()
    with psycopg.connect(embedded_server.url(), autocommit=True) as connection:
        for setting in SETTINGS:
            connection.execute(setting)
        query = sql.SQL(
            "select t::{type}::text from unnest(%s::text[]) with ordinality as u(t, n) order by n"
        )
        written = connection.execute(query.format(type=sql.SQL(type_)), [texts]).fetchall()
    assert [text for (text,) in written] == texts
