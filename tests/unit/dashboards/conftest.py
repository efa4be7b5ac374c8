"""Marts small enough to reckon by hand."""

import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from streamvision.assets import asset
from tests.unit.dashboards.small_marts import TABLES

if TYPE_CHECKING:
    from streamvision_web.filters import Filters
    from streamvision_web.queries import Query

# The dashboards are a folder of their own, which the server puts on the path when it starts them.
sys.path.insert(0, str(asset("dashboards/web")))

Row = dict[str, Any]
Ask = Callable[..., list[Row]]


@pytest.fixture(scope="session")
def marts() -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a database with the schema marts."""
    with duckdb.connect() as connection:
        connection.execute("create schema marts")
        for table, (columns, rows) in TABLES.items():
            connection.execute(f"create table marts.{table} ({columns})")
            marks = ", ".join("?" for _ in rows[0])
            connection.executemany(f"insert into marts.{table} values ({marks})", rows)  # noqa: S608 - ours
        yield connection


@pytest.fixture
def ask(marts: duckdb.DuckDBPyConnection) -> Ask:
    """Give a function that runs a query of the dashboards under filters."""

    def run(query: "Query", filters: "Filters | None" = None, **more: object) -> list[Row]:
        sql, parameters = query.bind(filters, more)
        relation = marts.execute(sql, parameters)
        names = [column[0] for column in relation.description or ()]
        return [dict(zip(names, row, strict=True)) for row in relation.fetchall()]

    return run
