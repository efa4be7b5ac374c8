"""Values of every type, from PostgreSQL over the lake into RAW."""

import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from psycopg import sql

from streamvision.adapters.source.postgres.session import SETTINGS
from streamvision.bootstrap import Application
from streamvision.domain.batch import FileFormat
from streamvision.pipeline.extract.progress import Unheard
from streamvision.settings import Profile
from tests.property.type_values import SETUP, TYPES, Texts, Type, arrays
from tests.support.to_text import to_text

if TYPE_CHECKING:
    from tests.support.embedded_postgres import EmbeddedPostgres

FIRST, SECOND = date(2026, 3, 14), date(2026, 3, 15)
TABLES = {f"t_{number}": type_ for number, type_ in enumerate([*TYPES, *map(arrays, TYPES)])}
_ROWS_A_DAY = 10


@cache
def _drawn(values: Texts, wanted: int) -> list[str]:
    """Return values of a strategy, always the same ones."""
    found: list[str] = []

    @settings(
        max_examples=wanted,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(values)
    def draw(value: str) -> None:
        found.append(value)

    draw()
    return found


def _insert(connection: psycopg.Connection, table: str, type_: Type, first: int, values: list[str]) -> None:
    connection.execute(
        sql.SQL("insert into {} select n + {} - 1, cast(x as ").format(sql.Identifier(table), first)
        + sql.SQL(f"{type_.name}) from unnest(%s::text[]) with ordinality as u (x, n)"),
        [values],
    )


def _told(url: str, table: str) -> dict[int, str | None]:
    with psycopg.connect(url) as connection:
        for statement in SETTINGS:
            connection.execute(statement)
        rows = connection.execute(
            sql.SQL(
                "select id, case when value is distinct from null then format('%s', value) end from {}"
            ).format(sql.Identifier("public", table))
        )
        return dict(rows.fetchall())


def _held(warehouse: duckdb.DuckDBPyConnection, table: str) -> dict[int, str | None]:
    current = warehouse.table(f"raw.{table}__versions").filter("_valid_to_batch is null")
    found = current.project("id, value").to_arrow_table()
    return dict(
        zip(found.column("id").to_pylist(), to_text(found.column("value").combine_chunks()), strict=True)
    )


def _quarantined(warehouse: duckdb.DuckDBPyConnection, table: str) -> dict[int, str | None]:
    rows = warehouse.execute(
        "select row_values from quarantine.rows where table_name = $table and rule = 'exact'",
        {"table": table},
    )
    values = [json.loads(text) for (text,) in rows.fetchall()]
    return {int(row["id"]): row["value"] for row in values}


def _fill(url: str, day: int, drawn: dict[str, list[str]]) -> None:
    with psycopg.connect(url) as connection:
        for table, type_ in TABLES.items():
            first = day * _ROWS_A_DAY
            _insert(connection, table, type_, first, drawn[table][first : first + _ROWS_A_DAY])
            connection.execute(
                sql.SQL("insert into {} values (%s, null)").format(sql.Identifier(table)), [-1 - day]
            )


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
def test_every_type_arrives_as_the_source_writes_it(
    embedded_server: "EmbeddedPostgres", tmp_path: Path, file_format: FileFormat
) -> None:
    """Read whole on the first day and from the log on the second; what does not fit is in quarantine."""
    url = embedded_server.new_database()
    drawn = {table: _drawn(type_.values, 2 * _ROWS_A_DAY) for table, type_ in TABLES.items()}
    with psycopg.connect(url) as connection:
        for statement in SETUP:
            connection.execute(statement.encode())
        for table, type_ in TABLES.items():
            statement = f"create table {table} (id integer primary key, value {type_.name})"
            connection.execute(statement.encode())
    profile = Profile(
        name="types",
        source=url,
        lake=f"file://{tmp_path / 'lake'}",
        warehouse=f"duckdb://{tmp_path / 'warehouse.duckdb'}",
        lake_format=file_format,
        home=tmp_path / "home",
        extraction="changes",
        contracts="derive",
    )
    application = Application(profile)
    for day, batch in enumerate([FIRST, SECOND]):
        _fill(url, day, drawn)
        extraction = application.extract(batch, f"extract-{day}", Unheard())
        modes = {table.mode for table in extraction.tables if table.table in TABLES}
        assert modes == {"changes" if day else "snapshot"}
    application.load(SECOND, "load")
    application.change_log.drop()
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as warehouse:
        warehouse.execute("set timezone = 'UTC'")
        for table, type_ in TABLES.items():
            told, held, quarantined = (
                _told(url, table),
                _held(warehouse, table),
                _quarantined(warehouse, table),
            )
            assert len(told) == len(drawn[table][: 2 * _ROWS_A_DAY]) + 2, type_.name
            assert held.keys().isdisjoint(quarantined), type_.name
            assert held | quarantined == told, type_.name
