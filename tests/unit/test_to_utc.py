"""Moments in UTC on DuckDB, by the macro that staging uses."""

import duckdb
from jinja2 import Environment

from streamvision.assets import asset

_MOMENTS = ("2024-03-31 02:30:00.123456+02", "0044-03-15 (BC) 00:00:00+00", "infinity", "-infinity", None)


def test_moments_are_those_of_the_engines_own_function() -> None:
    """Before Christ, to the microsecond, and without an end; whatever the time zone of the machine."""
    text = asset("warehouse/macros/portable/to_utc.sql").read_text(encoding="utf-8")
    to_utc = Environment(autoescape=False).from_string(text).module.duckdb__to_utc("moment")  # type: ignore[attr-defined] # noqa: S701 - SQL
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'Asia/Kolkata'")
        connection.execute(
            "create table moments as select unnest($1::varchar[])::timestamptz as moment", [_MOMENTS]
        )
        query = f"select ({to_utc})::varchar, timezone('UTC', moment)::varchar from moments"  # noqa: S608 - ours
        rows = connection.execute(query).fetchall()
    assert [found for found, _ in rows] == [expected for _, expected in rows]
    assert [found for found, _ in rows][2:] == ["infinity", "-infinity", None]
