"""Every query of the dashboards gives the same names, types and rows on each warehouse."""

import sys
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pytest

from streamvision.adapters.warehouse.snowflake.connection import connect
from streamvision.assets import asset
from streamvision.ports.marts import MartReader
from tests.contract.publishers import MOMENT, DuckDBPublisher, SnowflakePublisher
from tests.unit.dashboards.small_marts import TABLES

if TYPE_CHECKING:
    from tests.support.snowflake import SnowflakeStandIn

# The dashboards are a folder of their own, which the server puts on the path when it starts them.
sys.path.insert(0, str(asset("dashboards/web")))

from streamvision_web.filters import Filters
from streamvision_web.queries import Query, choices, content, engagement, quality, subscriptions, title

PAGES = (choices, content, title, quality, engagement, subscriptions)
QUERIES = {
    f"{page.__name__.rpartition('.')[2]}.{name}": query
    for page in PAGES
    for name, query in vars(page).items()
    if isinstance(query, Query)
}
ASKED_OF_A_TITLE = (
    content.TOTALS,
    content.RATING,
    content.SESSIONS_BY_COUNTRY,
    content.SESSIONS_BY_DEVICE,
)
CHOSEN: dict[str, object] = {
    "search": "É",
    "top": 7,
    "step": "week",
    "movements": ["start", "upgrade", "renewal"],
    "content_id": 10,
    "least": 1,
    "breakdown": "country",
    "value": "FR",
    "member": "FR",
    "period": "month",
    "furthest": 12,
}
SERIES = 12
"""A title that has episodes."""
WIDE = Filters(date(2025, 11, 1), date(2026, 1, 31))
NARROW = Filters(
    date(2025, 12, 1),
    date(2026, 1, 3),
    countries=("FR", "US"),
    plans=("basic", "free"),
    genres=("Drama", "Comedy"),
    devices=("tv", "mobile"),
)


@pytest.fixture(scope="module")
def readers(
    snowflake_server: "SnowflakeStandIn", tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, MartReader]]:
    """Give, by warehouse, a reader of the same small marts."""
    files = DuckDBPublisher(tmp_path_factory.mktemp("marts"))
    with duckdb.connect(str(files.build(1))) as connection:
        for table, (columns, rows) in TABLES.items():
            connection.execute(f"create table marts.{table} ({columns})")
            connection.executemany(_insertion(f"marts.{table}", rows[0]), rows)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in snowflake_server.environment.items():
            patch.setenv(name, value)
        account = SnowflakePublisher(snowflake_server.new_url())
        schema = account.warehouse.begin_build().variables["STREAMVISION_DBT_MARTS_SCHEMA"]
        with connect(account.warehouse.address, "transform") as session:
            for table, (columns, rows) in TABLES.items():
                session.run(f"create table {schema}.{table} ({columns})")
                for row in rows:
                    session.run(_insertion(f"{schema}.{table}", row), row)
        for publisher in (files, account):
            publisher.record(1, MOMENT)
            publisher.warehouse.publish(run_id="run-1", published_at=MOMENT)
        yield {"files": files.reader(), "account": account.reader()}


def _insertion(table: str, row: Any) -> str:  # noqa: ANN401 - values of any kind
    return f"insert into {table} select {', '.join('?' for _ in row)}"


def _ask(reader: MartReader, query: Query, filters: Filters) -> pa.Table:
    chosen = {name: value for name, value in CHOSEN.items() if f"${name}" in query.sql}
    if query is title.EPISODES:
        chosen["content_id"] = SERIES
    return reader.query(*query.bind(filters, chosen))


def _rows(query: Query, table: pa.Table) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = table.to_pylist()
    # Where a query says nothing of an order, there is none.
    return rows if "order by" in query.sql else sorted(rows, key=repr)


@pytest.mark.parametrize("filters", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("name", QUERIES)
def test_a_query_gives_the_same_on_every_warehouse(
    readers: dict[str, MartReader], name: str, filters: Filters
) -> None:
    """Under no filter but the days, and under all of them."""
    query = QUERIES[name]
    expected, found = (_ask(readers[each], query, filters) for each in ("files", "account"))
    assert found.schema == expected.schema
    assert _rows(query, found) == _rows(query, expected)
    # Nothing to compare would be no test.
    assert expected.num_rows or filters is NARROW


@pytest.mark.parametrize("query", ASKED_OF_A_TITLE, ids=["totals", "rating", "countries", "devices"])
def test_a_query_asked_of_one_title_does_so_too(readers: dict[str, MartReader], query: Query) -> None:
    """What the page on content asks of all titles, the page on a title asks of one."""
    expected, found = (_ask(readers[each], query.of_title(), NARROW) for each in ("files", "account"))
    assert (found.schema, _rows(query, found)) == (expected.schema, _rows(query, expected))
    assert expected.num_rows
