"""A warehouse with two small batches in RAW, and the models built from them by dbt itself."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager

from streamvision.adapters.contracts.yaml_files import read_contracts
from streamvision.adapters.transformer.dbt import DbtTransformer
from streamvision.adapters.warehouse.duckdb.tables import create_fixed_tables, create_tables
from streamvision.adapters.warehouse.duckdb.warehouse import DuckDBWarehouse
from streamvision.assets import asset
from streamvision.ports.transformer import BuildSummary

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class SmallWarehouse:
    """Load one DuckDB file by hand, build another from it, and query that.

    Attributes:
        path: the file with RAW.
        work: where dbt may write.

    """

    path: Path
    work: Path

    @property
    def building(self) -> Path:
        """Return the file that the models are built in."""
        return self.path.parent / "published" / "building.duckdb"

    def build(self) -> BuildSummary:
        """Run `dbt build` in this process."""
        place = DuckDBWarehouse(f"duckdb://{self.path}").begin_build()
        assert place.name == str(self.building)
        try:
            return DbtTransformer(asset("warehouse"), self.work).build(place, "run-1")
        finally:
            close_after_dbt()

    def execute(self, sql: str) -> None:
        """Run statements on RAW in a time zone that is not UTC, which must make no difference."""
        with duckdb.connect(str(self.path)) as connection:
            connection.execute("set timezone = 'America/New_York'")
            connection.execute(sql)

    def rows(self, sql: str) -> Rows:
        """Return a query's rows on what was built; the views of staging need RAW beside it."""
        with duckdb.connect(str(self.building), read_only=True) as connection:
            connection.execute(f"attach '{self.path}' as streamvision_raw (read_only)")
            return connection.execute(sql).fetchall()


def close_after_dbt() -> None:
    """Close the database, which others open otherwise, and the log that would warn in some later test."""
    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call] # has no types
    for handler in logging.getLogger("file_log").handlers:
        handler.close()


def make_raw(path: Path) -> None:
    """Make RAW as the contracts have it, with the versions of `raw_rows.sql`."""
    with duckdb.connect(str(path)) as connection:
        create_fixed_tables(connection)
        for contract in read_contracts(asset("contracts")):
            create_tables(connection, contract)
        connection.execute("set timezone = 'America/New_York'")
        connection.execute(Path(__file__).with_name("raw_rows.sql").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> SmallWarehouse:
    """Return a warehouse whose models were built once; tests only look at it."""
    folder = tmp_path_factory.mktemp("warehouse")
    warehouse = SmallWarehouse(folder / "warehouse.duckdb", folder / "dbt")
    make_raw(warehouse.path)
    summary = warehouse.build()
    assert summary.warnings == 0
    return warehouse
