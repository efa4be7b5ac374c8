"""All tables of a batch show the source at one moment, whatever is committed while they are read."""

from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pyarrow.parquet as pq
import pytest

from streamvision.adapters.contracts.yaml_files import read_contracts
from streamvision.adapters.lake.folder import FolderLake
from streamvision.adapters.service.postgres import PostgresServiceDatabase
from streamvision.adapters.source.postgres.source import PostgresSource
from streamvision.assets import asset
from streamvision.domain.batch import Batch
from streamvision.pipeline.extract.derive import declared
from streamvision.pipeline.extract.progress import Unheard
from streamvision.pipeline.extract.step import Extraction, extract
from streamvision.pipeline.simulate.spec import PRESETS, SimulationSpec
from streamvision.pipeline.simulate.step import simulate
from tests.support.embedded_postgres import EmbeddedPostgres

DAY = date(2024, 6, 30)
_NEWCOMER = """
    insert into users (
        id, email, username, first_name, last_name, country, age_group, subscription_plan,
        subscription_start, created_at, payment_method, device_preference
    )
    values (
        1000000, 'new@example.org', 'newcomer', 'New', 'Comer', 'NZ', '25-34', 'basic',
        '2024-06-30 12:00+00', '2024-06-30 12:00+00', 'card', 'tv'
    )
"""
_THEIR_RATING = """
    insert into ratings (id, user_id, content_id, score, rated_at)
    select 1000000, 1000000, min(id), 10, '2024-06-30 13:00+00' from content
"""

Rows = dict[str, list[dict[str, Any]]]


class BusySource(Unheard):
    """Commit changes to a source, through a connection of its own, whenever a table is about to be read."""

    def __init__(self, url: str) -> None:
        """Take the source's URL."""
        self._url = url
        self.tables: list[str] = []

    def table_started(self, table: str, estimated_rows: int, estimated_bytes: int) -> None:
        """Commit once per table, in the order in which the extraction comes to them."""
        assert min(estimated_rows, estimated_bytes) >= 0
        self.tables.append(table)
        with psycopg.connect(self._url) as connection:
            if len(self.tables) == 1:
                connection.execute(_NEWCOMER)
                connection.execute(_THEIR_RATING)
                connection.execute("update users set last_name = 'changed' where id = 1")
            connection.execute("delete from search_queries where id = (select min(id) from search_queries)")
            connection.execute("delete from episode_viewing where id = (select min(id) from episode_viewing)")


@pytest.fixture(scope="module")
def pictures(embedded_server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> list[Rows]:
    """Give the rows of a batch that was read while others wrote, and of the one of the day after."""
    url = embedded_server.new_database()
    spec = SimulationSpec(volumes=PRESETS["small"], seed=42, until=DAY)
    simulate(PostgresServiceDatabase(url, asset("source/migrations")), spec, lambda _table, _rows: None)
    lake = FolderLake(f"file://{tmp_path_factory.mktemp('lake')}")
    busy = BusySource(url)
    contracts = declared(read_contracts(asset("contracts")))
    batches = [
        extract(PostgresSource(url), lake, contracts, Batch(DAY), run_id="busy", progress=busy),
        extract(PostgresSource(url), lake, contracts, Batch(DAY.replace(day=29, month=7)), run_id="quiet"),
    ]
    assert len(busy.tables) == 9
    return [rows_of(lake.root, batch) for batch in batches]


def test_what_was_committed_during_the_extraction_is_in_no_table(pictures: list[Rows]) -> None:
    """A user and a rating that came, names that changed and rows that went do so in the next batch only."""
    during, after = pictures
    assert 1_000_000 not in {row["id"] for table in ("users", "ratings") for row in during[table]}
    assert "changed" not in {row["last_name"] for row in during["users"]}
    assert (len(during["search_queries"]), len(during["episode_viewing"])) == (250, 300)
    assert (len(after["search_queries"]), len(after["episode_viewing"])) == (241, 291)
    assert 1_000_000 in {row["id"] for row in after["users"]}
    assert "changed" in {row["last_name"] for row in after["users"]}


@pytest.mark.parametrize(
    ("table", "column", "parent"),
    [
        ("ratings", "user_id", "users"),
        ("viewing_sessions", "user_id", "users"),
        ("viewing_sessions", "content_id", "content"),
        ("episode_viewing", "session_id", "viewing_sessions"),
        ("search_queries", "clicked_content_id", "content"),
        ("subscription_events", "to_plan_id", "subscription_plans"),
    ],
)
def test_references_hold_across_the_tables_of_a_batch(
    pictures: list[Rows], table: str, column: str, parent: str
) -> None:
    """No row refers to one that a later moment would have shown, in either batch."""
    for rows in pictures:
        known = {row["id"] for row in rows[parent]}
        assert {row[column] for row in rows[table]} - {None} <= known


def rows_of(root: Path, extraction: Extraction) -> Rows:
    """Read the rows of a batch back from its files."""
    return {
        table.table: [row for file in table.files for row in pq.read_table(root / file.key).to_pylist()]
        for table in extraction.tables
    }
