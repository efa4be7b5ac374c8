"""The warehouses that the contract suite runs over, with the ways in which a test looks behind them."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb

from streamvision.adapters.warehouse.duckdb.warehouse import DuckDBWarehouse
from streamvision.adapters.warehouse.snowflake.connection import Session, connect
from streamvision.adapters.warehouse.snowflake.warehouse import SnowflakeWarehouse
from streamvision.domain.batch import Batch
from streamvision.ports.transformer import BuildPlace
from streamvision.ports.warehouse import IncomingTable, TableAccount, Warehouse
from tests.fakes.building import LOADED_AT, RUN_ID, incoming_batch
from tests.fakes.versions import Versions
from tests.fakes.warehouse import InMemoryWarehouse

Version = tuple[Mapping[str, object], str, str | None]
"""A row, the batch that brought it, and the one that ended it."""


@dataclass
class Subject:
    """Hold a warehouse and the ways in which a test looks behind it."""

    warehouse: Warehouse
    raw_rows: Callable[[str], int]
    versions: Callable[[str], list[Version]]
    make_marts: Callable[[BuildPlace, int], None]

    def load(self, batch: Batch, *tables: IncomingTable) -> list[TableAccount]:
        """Load a batch of tables."""
        accounts = self.warehouse.load(
            incoming_batch(*tables, batch=batch),
            run_id=RUN_ID,
            loaded_at=LOADED_AT,
            keep_quarantined=lambda _table, _path: None,
        )
        return list(accounts)

    def build(self, batch_id: str, *, marts: int = 1) -> None:
        """Build so many marts and note that they passed."""
        self.make_marts(self.warehouse.begin_build(), marts)
        self.warehouse.record_build(batch_id, run_id=RUN_ID, tested_at=LOADED_AT)

    def current(self, table: str) -> list[Mapping[str, object]]:
        """Return the rows of a table that have no end, in any order that is always the same."""
        return sorted((row for row, _, until in self.versions(table) if until is None), key=str)

    def reasons(self, table: str) -> list[tuple[str, str]]:
        """Return rule and reason of the rows in quarantine, newest batch first."""
        return [(row.rule, row.reason) for row in self.warehouse.quarantined_rows(table, limit=99)]


def memory_subject() -> Subject:
    """Return an empty warehouse in memory."""
    warehouse = InMemoryWarehouse()

    def make_marts(_place: BuildPlace, marts: int) -> None:
        warehouse.has_marts = marts > 0

    def versions(table: str) -> list[Version]:
        kept = warehouse.versions.get(table, Versions()).all
        return [(version.row, version.since, version.until) for version in kept]

    return Subject(warehouse, lambda table: len(warehouse.raw.get(table, [])), versions, make_marts)


def duckdb_subject(path: Path) -> Subject:
    """Return an empty warehouse in a file."""
    warehouse = DuckDBWarehouse(f"duckdb://{path}")

    def raw_rows(table: str) -> int:
        if not path.exists():
            return 0
        with duckdb.connect(str(path), read_only=True) as connection:
            try:
                return len(connection.table(f"raw.{table}"))
            except duckdb.CatalogException:
                return 0

    def versions(table: str) -> list[Version]:
        query = f'select * from raw."{table}__versions" order by _valid_from_batch'  # noqa: S608 - a test's own
        with duckdb.connect(str(path), read_only=True) as connection:
            connection.execute("set timezone = 'UTC'")
            found = connection.sql(query).to_arrow_table().to_pylist()
        return [
            (
                {name: value for name, value in row.items() if not name.startswith("_")},
                row["_valid_from_batch"],
                row["_valid_to_batch"],
            )
            for row in found
        ]

    def make_marts(place: BuildPlace, marts: int) -> None:
        with duckdb.connect(place.name) as connection:
            connection.execute("create schema marts")
            for number in range(marts):
                connection.execute(f"create table marts.mart_{number} as select 'free' as plan_code")

    return Subject(warehouse, raw_rows, versions, make_marts)


def snowflake_subject(url: str) -> Subject:
    """Return an empty warehouse in a stand-in for Snowflake."""
    warehouse = SnowflakeWarehouse(url, os.environ)

    @contextmanager
    def session() -> Iterator[Session]:
        with connect(warehouse.address, "load") as opened:
            yield opened

    def raw_rows(table: str) -> int:
        with session() as opened:
            found = opened.rows_if_there(f'SELECT COUNT(*) FROM RAW."{table.upper()}"')  # noqa: S608 - a test's own
            return int(str(found[0][0])) if found else 0

    def versions(table: str) -> list[Version]:
        query = f'SELECT * FROM RAW."{table.upper()}__VERSIONS" ORDER BY _VALID_FROM_BATCH'  # noqa: S608
        with session() as opened:
            found = opened.arrow(query).to_pylist()
        return [
            (
                {name.lower(): _exact(value) for name, value in row.items() if not name.startswith("_")},
                row["_VALID_FROM_BATCH"],
                row["_VALID_TO_BATCH"],
            )
            for row in found
        ]

    def make_marts(_place: BuildPlace, marts: int) -> None:
        with session() as opened:
            for number in range(marts):
                opened.run(f"CREATE TABLE BUILD_MARTS.MART_{number} AS SELECT 'free' AS PLAN_CODE")

    return Subject(warehouse, raw_rows, versions, make_marts)


def _exact(value: object) -> object:
    """Return a whole number as what the other warehouses make of it."""
    return int(value) if isinstance(value, Decimal) and value.as_tuple().exponent == 0 else value
