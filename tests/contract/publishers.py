"""Small builds that tests publish, on each warehouse that dashboards can read."""

import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Protocol

import duckdb

from streamvision.adapters.warehouse.duckdb.published import PublishedMarts as FilesOfMarts
from streamvision.adapters.warehouse.duckdb.warehouse import DuckDBWarehouse
from streamvision.adapters.warehouse.snowflake.connection import connect
from streamvision.adapters.warehouse.snowflake.published import PublishedMarts
from streamvision.adapters.warehouse.snowflake.warehouse import SnowflakeWarehouse
from streamvision.domain.basis import BuildStart
from streamvision.ports.marts import MartReader, Publication
from streamvision.ports.warehouse import Warehouse

DAY = date(2026, 3, 14)
MOMENT = datetime(2026, 3, 15, 6, 0, tzinfo=UTC)
_NUMBERS = """
    select
        cast({number} as bigint) as number,
        cast('2026-03-14 23:30:00+00:00' as {moment}) as made_at,
        cast('2026-03-14' as date) as made_on,
        cast(2.5 as decimal(18, 4)) as price,
        cast(0.1 as double) as share,
        true as is_new,
        'Élan' as title,
        cast(null as bigint) as missing
"""


class Publisher(Protocol):
    """Build marts of one number and publish them.

    Attributes:
        start: how the builds begin; each adds its number to what they find in core.

    """

    start: BuildStart | None

    @property
    def warehouse(self) -> Warehouse:
        """Return what they are published in."""
        ...

    def build(self, number: int) -> object:
        """Build as far as the tests."""
        ...

    def record(self, number: int, moment: datetime) -> None:
        """Note that what was built passed its tests."""
        ...

    def publish(self, number: int, moment: datetime) -> Publication:
        """Build, note and publish."""
        ...

    def reader(self) -> MartReader:
        """Return a new reader of what is published."""
        ...


def shown_number(reader: MartReader) -> object:
    """Return the number that a reader is shown."""
    return reader.query("select number from marts.numbers").column("number")[0].as_py()


class DuckDBPublisher:
    """Publish files of DuckDB."""

    def __init__(self, folder: Path) -> None:
        """Take an empty folder."""
        self.start: BuildStart | None = None
        self._path = folder / "warehouse" / "w.duckdb"
        self._path.parent.mkdir(parents=True)
        self._warehouse = DuckDBWarehouse(f"duckdb://{self._path}")

    @property
    def warehouse(self) -> DuckDBWarehouse:
        """Return what they are published in."""
        return self._warehouse

    def build(self, number: int) -> Path:
        """Build as far as the tests, and return the file."""
        path = Path(self.warehouse.begin_build(self.start).name)
        with duckdb.connect(str(path)) as connection:
            connection.execute("set timezone = 'UTC'")
            connection.execute(
                "create schema if not exists marts; create schema if not exists core; create schema staging"
            )
            connection.execute("create view staging.stg_people as select 'Ada' as first_name")
            connection.execute("create table if not exists core.dim_people (user_id integer)")
            connection.execute("insert into core.dim_people values (?)", [number])
            rows = _NUMBERS.format(number=number, moment="timestamptz")
            connection.execute(f"create or replace table marts.numbers as {rows}")
        return path

    def record(self, number: int, moment: datetime) -> None:
        """Note that what was built passed its tests."""
        self.warehouse.record_build(DAY.isoformat(), run_id=f"run-{number}", tested_at=moment)

    def publish(self, number: int, moment: datetime) -> Publication:
        """Build, note and publish."""
        self.build(number)
        self.record(number, moment)
        return self.warehouse.publish(run_id=f"run-{number}", published_at=moment)

    def reader(self) -> MartReader:
        """Return a new reader of what is published."""
        return FilesOfMarts(self.warehouse.published_folder)


class SnowflakePublisher:
    """Publish schemas in a stand-in for Snowflake."""

    def __init__(self, url: str) -> None:
        """Take the URL of an empty database."""
        self.start: BuildStart | None = None
        self._warehouse = SnowflakeWarehouse(url, os.environ)

    @property
    def warehouse(self) -> SnowflakeWarehouse:
        """Return what they are published in."""
        return self._warehouse

    def build(self, number: int) -> None:
        """Build as far as the tests."""
        places = self.warehouse.begin_build(self.start).variables
        core, marts = (places[f"STREAMVISION_DBT_{layer}_SCHEMA"] for layer in ("CORE", "MARTS"))
        with connect(self.warehouse.address, "transform") as session:
            session.run(f"create table if not exists {core}.dim_people (user_id integer)")
            session.run(f"insert into {core}.dim_people select ?", [number])
            rows = _NUMBERS.format(number=number, moment="timestamp_tz")
            session.run(f"create or replace table {marts}.numbers as {rows}")

    def record(self, number: int, moment: datetime) -> None:
        """Note that what was built passed its tests."""
        self.warehouse.record_build(DAY.isoformat(), run_id=f"run-{number}", tested_at=moment)

    def publish(self, number: int, moment: datetime) -> Publication:
        """Build, note and publish."""
        self.build(number)
        self.record(number, moment)
        return self.warehouse.publish(run_id=f"run-{number}", published_at=moment)

    def reader(self) -> PublishedMarts:
        """Return a new reader of what is published."""
        return PublishedMarts(self.warehouse.address)
