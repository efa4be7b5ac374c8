"""Bad rows go to quarantine and the day goes on; data that fail a test are not published."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pyarrow.parquet as pq
import pytest

from tests.conftest import PUBLISHED_DAY
from tests.e2e.changes import SECOND_DAY
from tests.e2e.conftest import new_database
from tests.e2e.errors import assert_clear
from tests.e2e.homes import assert_same, external, shown, succeed
from tests.support.cli import Home, new_folder

_DROP_CHECKS = """
    do $$ declare name text; begin
        for name in select conname from pg_constraint
            where conrelid = 'viewing_sessions'::regclass and contype in ('c', 'f')
        loop execute format('alter table viewing_sessions drop constraint %I', name); end loop;
    end $$
"""
_SESSION = """
    insert into viewing_sessions (
        user_id, content_id, started_at, ended_at, duration_seconds, completion_rate, playback_started,
        startup_ms, device_type, resolution, country, average_bitrate_kbps
    )
    select coalesce(%s, user_id), content_id, started_at, started_at + %s, 1200, 0.5, true, 900, 'tv', 'HD',
        'BR', 4000
    from viewing_sessions order by id limit 1
    returning id
"""
_FOLLOWER = """
    insert into episode_viewing (session_id, episode_id, user_id, started_at, watched_seconds, is_completed)
    select %s, episode_id, user_id, started_at, 1200, false from episode_viewing order by id limit 1
    returning id
"""
NOBODY = 999_999_999


@pytest.fixture(scope="module")
def bad(first_source: str) -> Iterator[tuple[Home, dict[str, int]]]:
    """Give a home that ran on a source with three bad rows, and their keys by what is wrong."""
    url = new_database(first_source)
    with psycopg.connect(url) as connection:
        connection.execute(_DROP_CHECKS)
        backwards = _inserted(connection, _SESSION, [None, "-1 hour"])
        orphan = _inserted(connection, _SESSION, [NOBODY, "1 hour"])
        follower = _inserted(connection, _FOLLOWER, [backwards])
    home = Home(new_folder() / "home", external(url))
    try:
        home.run("run", "--date", PUBLISHED_DAY)
        yield home, {"backwards": backwards, "orphan": orphan, "follower": follower}
    finally:
        shutil.rmtree(home.folder.parent)


@pytest.mark.parametrize(
    ("which", "table", "rule", "reason"),
    [
        ("backwards", "viewing_sessions", "ended_after_started", "the session ends before it starts"),
        ("orphan", "viewing_sessions", "user_id_references", f"user_id {NOBODY}"),
        ("follower", "episode_viewing", "session_id_references", "session_id"),
    ],
)
def test_a_bad_row_is_shown_with_its_reason_file_and_number(
    bad: tuple[Home, dict[str, int]], which: str, table: str, rule: str, reason: str
) -> None:
    """`quarantine show` has the whole row, and where it came from: that very row of that file."""
    home, keys = bad
    rows = home.run("quarantine", "show", table, "--format", "json").document
    (row,) = [row for row in rows if int(row["row"]["id"]) == keys[which]]
    assert (row["batch_id"], row["table"], row["rule"]) == (PUBLISHED_DAY, table, rule)
    assert reason in row["reason"]
    file = pq.read_table(home.lake / row["source_file"])
    assert file.column("id")[row["source_row"]].as_py() == keys[which]


def test_bad_rows_are_listed_and_accounted_for(bad: tuple[Home, dict[str, int]]) -> None:
    """`quarantine list` counts them by rule; extracted is loaded and quarantined, and status is content."""
    home, _ = bad
    groups = home.run("quarantine", "list", "--format", "json").document
    assert {(group["table"], group["rule"]): group["rows"] for group in groups} == {
        ("viewing_sessions", "ended_after_started"): 1,
        ("viewing_sessions", "user_id_references"): 1,
        ("episode_viewing", "session_id_references"): 1,
    }
    accounts = {row["table"]: row for row in home.run("status", "--format", "json").document["tables"]}
    counts = ("extracted_rows", "loaded_rows", "quarantined_rows")
    assert [accounts["viewing_sessions"][name] for name in counts] == [5002, 5000, 2]
    assert [accounts["episode_viewing"][name] for name in counts] == [301, 300, 1]
    assert all(account["balances"] for account in accounts.values())


def test_bad_rows_are_kept_whole_in_the_lake(bad: tuple[Home, dict[str, int]]) -> None:
    """The lake's quarantine has the rows in their types, with file, number, rule and reason."""
    home, keys = bad
    day = PUBLISHED_DAY.replace("-", "")
    path = home.lake / f"quarantine/postgres/viewing_sessions/{PUBLISHED_DAY}/viewing_sessions_{day}.parquet"
    kept = {row["id"]: row for row in pq.read_table(path).to_pylist()}
    assert kept.keys() == {keys["backwards"], keys["orphan"]}
    row = kept[keys["backwards"]]
    assert row["_rule"] == "ended_after_started"
    assert row["ended_at"] < row["started_at"]
    original = pq.read_table(home.lake / row["_source_file"]).slice(row["_source_row"], 1).to_pylist()[0]
    assert {name: row[name] for name in original} == original


def test_figures_leave_bad_rows_out(bad: tuple[Home, dict[str, int]], first: Home) -> None:
    """The published marts are those of the same source without the bad rows."""
    assert_same(shown(bad[0]), shown(first))


def test_a_failed_test_of_the_data_ends_with_3_and_shows_the_last_good_day(
    source: str, first: Home, new_home: Callable[[str], Home]
) -> None:
    """A country that does not exist stops the run before publication; the tests that failed are named."""
    with psycopg.connect(source) as connection:
        connection.execute("update users set country = 'XX' where id = (select min(id) from users)")
    home = new_home(source)
    succeed(first, home)
    pointer = (home.published / "current.json").read_text(encoding="utf-8")
    outcome = home.run("run", "--date", SECOND_DAY, exits=3)
    assert_clear(outcome, "tests of the data failed", "country_code", "last good day")
    assert (home.published / "current.json").read_text(encoding="utf-8") == pointer
    assert_same(shown(home), shown(first))
    assert_clear(home.run("publish", exits=2), "have not passed their tests")
    status = home.run("status", "--format", "json").document
    assert (status["last_run"]["outcome"], status["published"]["batch_id"]) == ("failed", PUBLISHED_DAY)
    assert_paths_exist(outcome.stderr, home)


def assert_paths_exist(message: str, home: Home) -> None:
    """Fail where an error sends people to a file or folder that is not there."""
    words = (word.strip(",.;`'()") for word in message.split())
    named = {Path(word) for word in words if word.startswith(str(home.folder))}
    assert named
    assert {path for path in named if not path.exists()} == set()


def _inserted(connection: psycopg.Connection, statement: str, values: list[Any]) -> int:
    row = connection.execute(statement.encode(), values).fetchone()
    assert row is not None
    key: int = row[0]
    return key
