"""An extraction that is killed at any moment, and run again, loses nothing and doubles nothing."""

import os
import random
import signal
import subprocess
import sys
import time
from datetime import date, timedelta
from itertools import count
from pathlib import Path

import psycopg
import pytest

from streamvision.adapters.lake.folder import FolderLake
from streamvision.adapters.source.postgres.change_log import PostgresChangeLog
from streamvision.domain.batch import Batch
from tests.support.embedded_postgres import EmbeddedPostgres
from tests.support.lake_state import Rows, after_batch, lake_state

FIRST_DAY = date(2026, 3, 1)
ROWS = 12_000
KILLS = 25
ROOT = Path(__file__).resolve().parents[2]


class _Service:
    """A source that goes on living between the tries."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._steps = count(1)
        with psycopg.connect(url) as connection:
            connection.execute("create table items (id bigint primary key, name text, price numeric(9,2))")
            connection.execute("create table notes (id bigint, body text)")
            connection.execute("insert into notes select i, md5(i::text) from generate_series(1, 500) i")
            self._fill(connection)

    def live(self) -> None:
        """Insert, update and delete some thousand rows, in three transactions."""
        step = next(self._steps)
        for statement in (
            "insert into items select {s} * 100000 + i, 'new', i from generate_series(1, 1000) as i",
            "update items set name = name || '{s}' where id % 7 = {s} % 7",
            "delete from items where id % 11 = {s} % 11",
        ):
            with psycopg.connect(self.url) as connection:
                connection.execute(statement.format(s=step).encode())

    def items(self) -> list[tuple[object, ...]]:
        """Return the rows of the table whose changes are read."""
        with psycopg.connect(self.url) as connection:
            return connection.execute("select id, name, price from items order by id").fetchall()

    def refill(self) -> None:
        """Begin anew."""
        with psycopg.connect(self.url) as connection:
            connection.execute("delete from items")
            self._fill(connection)

    def _fill(self, connection: psycopg.Connection) -> None:
        statement = "insert into items select i, md5(i::text), i / 7.0 from generate_series(1, %s) as i"
        connection.execute(statement, [ROWS])


def _try(url: str, lake: Path, day: date, slot: str, kill_after: float | None) -> float | None:
    """Extract in a process of its own; return how long it took, None where it was killed before the end."""
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-m", "tests.support.extract_once", url, lake.as_uri(), day.isoformat(), slot],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        text=True,
    )
    assert process.stdout is not None
    with process, process.stdout:
        assert process.stdout.readline() == "begins\n"
        began = time.monotonic()
        try:
            process.wait(kill_after)
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            return None
    assert process.returncode == 0
    return time.monotonic() - began


def _items(state: dict[str, Rows]) -> list[tuple[object, ...]]:
    return sorted((row["id"], row["name"], row["price"]) for row in state["items"])


@pytest.fixture
def service(embedded_server: EmbeddedPostgres) -> _Service:
    """Give a source with a table that has a key and one that has none."""
    return _Service(embedded_server.new_database())


@pytest.mark.parametrize("seed", [1])
def test_first_batches_survive_being_killed(service: _Service, tmp_path: Path, seed: int) -> None:
    """Each try is killed at a random moment of a new lake's first batch; then it is run to its end."""
    chance, kills, number = random.Random(seed), 0, 0  # noqa: S311 - chance, not a secret
    usual = _try(service.url, tmp_path / "usual", FIRST_DAY, "usual", None)
    assert usual is not None
    PostgresChangeLog(service.url, "usual").drop()
    while kills < KILLS:
        number += 1
        lake, slot = tmp_path / f"lake-{number}", f"first_{number}"
        for _ in range(6):
            killed = _try(service.url, lake, FIRST_DAY, slot, chance.uniform(0, usual)) is None
            kills += killed
            service.live()
        _try(service.url, lake, FIRST_DAY, slot, None)
        later = _try(service.url, lake, FIRST_DAY + timedelta(days=1), slot, None)
        assert later is not None
        assert _items(lake_state(FolderLake(lake.as_uri()))) == service.items()
        PostgresChangeLog(service.url, slot).drop()
        service.refill()


@pytest.mark.parametrize("seed", [2])
def test_batches_of_changes_survive_being_killed(service: _Service, tmp_path: Path, seed: int) -> None:
    """The source changes before and after each kill; every batch has the source's state in the end."""
    chance, kills, day = random.Random(seed), 0, FIRST_DAY  # noqa: S311 - chance, not a secret
    lake, slot = tmp_path / "lake", "changes"
    reader, state = FolderLake(lake.as_uri()), dict[str, Rows]()
    assert _try(service.url, lake, day, slot, None) is not None
    service.live()
    day += timedelta(days=1)
    usual = _try(service.url, lake, day, slot, None)
    assert usual is not None
    for batch in (FIRST_DAY, day):
        state = after_batch(reader, Batch(batch), state)
    try:
        while kills < KILLS:
            day += timedelta(days=1)
            for _ in range(4):
                service.live()
                kills += _try(service.url, lake, day, slot, chance.uniform(0, usual)) is None
            _try(service.url, lake, day, slot, None)
            state = after_batch(reader, Batch(day), state)
            day += timedelta(days=1)
            _try(service.url, lake, day, slot, None)
            state = after_batch(reader, Batch(day), state)
            assert _items(state) == service.items()
    finally:
        PostgresChangeLog(service.url, slot).drop()
    stray = {key for key in reader.keys("raw/postgres/") if "/segments/" in key}
    assert stray == {key for key in stray if key.startswith(Batch(day).manifest_key.rpartition("/")[0])}
