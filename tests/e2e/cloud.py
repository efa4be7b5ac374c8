"""A home with its lake in S3 and its warehouse in Snowflake, both in stand-ins, and what is shown there."""

import os
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from streamvision.adapters.warehouse.snowflake.connection import Session, connect
from streamvision.adapters.warehouse.snowflake.published import PublishedMarts
from streamvision.adapters.warehouse.snowflake.warehouse import SnowflakeWarehouse
from tests.browser.conftest import Dashboards
from tests.e2e.homes import comparable, external
from tests.support.cli import Home
from tests.support.object_store import StandIn
from tests.support.snowflake import SnowflakeStandIn


class CloudHome(Home):
    """Run commands with nothing but the log of runs on this machine."""

    def __init__(self, folder: Path, source: str, store: StandIn, server: SnowflakeStandIn) -> None:
        """Take a folder that need not exist, the source's URL, and both stand-ins."""
        self.url = server.new_url()
        cloud = {
            "STREAMVISION_LAKE": f"s3://{store.new_bucket()}/lake",
            "STREAMVISION_WAREHOUSE": self.url,
            "AWS_ENDPOINT_URL": store.address,
            "AWS_ACCESS_KEY_ID": "reader",
            "AWS_SECRET_ACCESS_KEY": "never-written-either",
            "SNOWFLAKE_PASSWORD": "never-written",
            "AWS_REGION": "eu-central-1",
        }
        super().__init__(folder, external(source) | server.environment | cloud)

    @property
    def snowflake(self) -> SnowflakeWarehouse:
        """Return the warehouse."""
        return SnowflakeWarehouse(self.url, os.environ | self.environment)

    def marts(self) -> PublishedMarts:
        """Return a new reader of what is published."""
        return PublishedMarts(self.snowflake.address)


class CloudDashboards(Dashboards):
    """The dashboards of such a home, and its marts to ask past all that the dashboards do."""

    def figures(self, sql: str, **parameters: object) -> list[tuple[Any, ...]]:
        """Ask a copy of the warehouse's marts, in the SQL in which the files of the other homes are asked."""
        return _copied(self.home).execute(sql, parameters).fetchall()


@cache
def _copied(home: CloudHome) -> duckdb.DuckDBPyConnection:
    copy = duckdb.connect()
    copy.execute("create schema marts")
    with connect(home.snowflake.address, "report") as session:
        tables = list(_tables(session, "marts"))
    marts = home.marts()
    try:
        for table in tables:
            copy.register("rows_of_mart", marts.query(f"select * from marts.{table}"))  # noqa: S608 - ours
            copy.table("rows_of_mart").create(f"marts.{table}")
    finally:
        marts.close()
    return copy


def shown_in_cloud(home: CloudHome) -> dict[str, list[str]]:
    """Return every row of core and marts that people are shown, as `homes.shown` does."""
    with connect(home.snowflake.address, "report") as session:
        tables = {table: schema for schema in ("core", "marts") for table in _tables(session, schema)}
    marts = home.marts()
    try:
        return {
            table: comparable(marts.query(f"select * from {schema}.{table}").to_pylist())  # noqa: S608 - ours
            for table, schema in tables.items()
        }
    finally:
        marts.close()


def _tables(session: Session, schema: str) -> list[str]:
    found = session.rows(
        "select table_name from information_schema.tables"
        " where table_schema = ? and table_type = 'BASE TABLE'",
        [schema.upper()],
    )
    return [str(name).lower() for (name,) in found if not str(name).startswith("_")]
