"""Extraction reads a table in pieces: its memory does not grow with the table."""

import os
import shutil
import subprocess
import sys

import psycopg
import pytest

from streamvision.adapters.service.postgres import PostgresServiceDatabase
from streamvision.assets import asset
from tests.support.cli import Home, new_folder
from tests.support.embedded_postgres import EmbeddedPostgres

ROWS = 15_000
DESCRIPTION_BYTES = 8_000
MAX_GROWTH_BYTES = 50 * 1024**2
_TITLES = """
    insert into content (
        title, content_type, genre, release_year, duration_minutes, content_rating, added_date,
        available_countries, description
    )
    select 'Title ' || number, 'film', 'drama', 2020, 90, 'G', '2024-01-01', '{US,FR}',
        number || repeat('x', %s)
    from generate_series(1, %s) as number
"""


@pytest.fixture(scope="module")
def peaks(embedded_server: EmbeddedPostgres) -> dict[int, int]:
    """Give the peak memory, in bytes, of an extraction of so many wide rows, by their number."""
    return {rows: peak_of_extraction(embedded_server.new_database(), rows) for rows in (ROWS, 4 * ROWS)}


def test_memory_stays_flat_while_a_table_grows_fourfold(peaks: dict[int, int]) -> None:
    """Of 360 MB more in the table, the peak memory shows next to nothing."""
    more = 3 * ROWS * DESCRIPTION_BYTES
    assert more == 360_000_000
    assert peaks[4 * ROWS] - peaks[ROWS] < MAX_GROWTH_BYTES < more / 6


def peak_of_extraction(url: str, rows: int) -> int:
    """Fill a source with wide rows, extract it by the command, and return the command's peak memory."""
    PostgresServiceDatabase(url, asset("source/migrations")).migrate()
    with psycopg.connect(url) as connection:
        connection.execute(_TITLES, [DESCRIPTION_BYTES, rows])
    home = Home(new_folder() / "home", {"STREAMVISION_SOURCE": url})
    try:
        with home.running("extract", "--date", "2024-06-30") as process:
            peak, code = peak_memory(process)
        assert code == 0
    finally:
        shutil.rmtree(home.folder.parent)
    return peak


def peak_memory(process: subprocess.Popen[str]) -> tuple[int, int]:
    """Wait until a process ends; return its peak memory in bytes, as the kernel has it, and its exit code."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    # Linux counts in KiB, macOS in bytes.
    return usage.ru_maxrss * (1024 if sys.platform == "linux" else 1), process.returncode
