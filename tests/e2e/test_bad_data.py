"""Bad rows go to quarantine and the day goes on; data that fail a test are not published."""

from collections.abc import Callable
from pathlib import Path

import psycopg
import pyarrow.parquet as pq
import pytest

from tests.conftest import PUBLISHED_DAY
from tests.e2e.changes import SECOND_DAY, Changes
from tests.e2e.errors import assert_clear
from tests.e2e.homes import assert_same, shown, succeed
from tests.support.cli import Home


@pytest.mark.parametrize(
    ("which", "table", "rule", "reason"),
    [
        ("backwards", "viewing_sessions", "ended_after_started", "the session ends before it starts"),
        ("orphan", "viewing_sessions", "user_id_references", "user_id 999999999"),
        ("follower", "episode_viewing", "session_id_references", "session_id"),
    ],
)
def test_a_bad_row_is_shown_with_its_reason_file_and_number(
    second: Home, changed: tuple[str, Changes], which: str, table: str, rule: str, reason: str
) -> None:
    """`quarantine show` has the whole row, and where it came from: that very row of that file."""
    key = getattr(changed[1], which)
    rows = second.run("quarantine", "show", table, "--format", "json").document
    (row,) = [row for row in rows if int(row["row"]["id"]) == key]
    assert (row["batch_id"], row["table"], row["rule"]) == (SECOND_DAY, table, rule)
    assert reason in row["reason"]
    file = pq.read_table(second.lake / row["source_file"])
    assert file.column("id")[row["source_row"]].as_py() == key


def test_bad_rows_are_listed_and_accounted_for(second: Home) -> None:
    """`quarantine list` counts them by rule; extracted is loaded and quarantined, and status is content."""
    groups = second.run("quarantine", "list", "--format", "json").document
    assert {(group["table"], group["rule"]): group["rows"] for group in groups} == {
        ("viewing_sessions", "ended_after_started"): 1,
        ("viewing_sessions", "user_id_references"): 1,
        ("episode_viewing", "session_id_references"): 1,
    }
    accounts = [
        row
        for row in second.run("status", "--format", "json").document["tables"]
        if row["batch_id"] == SECOND_DAY
    ]
    quarantined = {row["table"]: row["quarantined_rows"] for row in accounts if row["quarantined_rows"]}
    assert quarantined == {"viewing_sessions": 2, "episode_viewing": 1}
    for account in accounts:
        assert account["extracted_rows"] == account["loaded_rows"] + account["quarantined_rows"]
        assert account["balances"]


def test_bad_rows_are_kept_whole_in_the_lake(second: Home, changed: tuple[str, Changes]) -> None:
    """The lake's quarantine has the rows in their types, with file, number, rule and reason."""
    changes = changed[1]
    day = SECOND_DAY.replace("-", "")
    path = second.lake / f"quarantine/postgres/viewing_sessions/{SECOND_DAY}/viewing_sessions_{day}.parquet"
    kept = {row["id"]: row for row in pq.read_table(path).to_pylist()}
    assert kept.keys() == {changes.backwards, changes.orphan}
    row = kept[changes.backwards]
    assert row["_rule"] == "ended_after_started"
    assert row["ended_at"] < row["started_at"]
    original = pq.read_table(second.lake / row["_source_file"]).slice(row["_source_row"], 1).to_pylist()[0]
    assert {name: row[name] for name in original} == original


def test_bad_rows_are_in_no_fact(second: Home, changed: tuple[str, Changes]) -> None:
    """The run went on to the end without them: neither RAW nor the facts have such a row."""
    changes = changed[1]
    core = second.published_tables("core")
    sessions = {row["session_id"] for row in core["fct_viewing_sessions"]}
    assert sessions.isdisjoint({changes.backwards, changes.orphan})
    assert changes.late_session in sessions
    raw = second.warehouse_tables("raw")["episode_viewing"]
    assert changes.follower not in {row["id"] for row in raw}


def test_a_failed_test_of_the_data_ends_with_3_and_shows_the_last_good_day(
    source: str, first: Home, new_home: Callable[[str], Home]
) -> None:
    """A plan that no event led to stops the run before publication; the tests that failed are named."""
    with psycopg.connect(source) as connection:
        connection.execute(
            "update users set subscription_plan = case subscription_plan when 'basic' then 'standard'"
            " else 'basic' end where id = (select min(id) from users where is_active)"
        )
    home = new_home(source)
    succeed(first, home)
    pointer = (home.published / "current.json").read_text(encoding="utf-8")
    outcome = home.run("run", "--date", SECOND_DAY, exits=3)
    assert_clear(outcome, "tests of the data failed", "account_agrees_with_its_events", "last good day")
    assert f"the dashboards still show the state of {PUBLISHED_DAY}" in outcome.stderr
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
