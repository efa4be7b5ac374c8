"""Rows in quarantine are released once what they lacked is there, or dropped; a new warehouse repeats it."""

import shutil
from collections.abc import Callable

import psycopg

from tests.e2e.changes import SECOND_DAY, change
from tests.e2e.homes import assert_same, loaded, succeed
from tests.support.cli import Home

THIRD_DAY = "2024-07-02"
_ADD_USER = """
    create temporary table newcomer as select * from users where is_active order by id limit 1;
    create temporary table events as
        select * from subscription_events where user_id = (select id from newcomer);
    update newcomer set id = {id}, email = 'late@example.org', username = 'late';
    insert into users select * from newcomer;
    insert into subscription_events (
        user_id, event_type, from_plan_id, to_plan_id, amount_cents, reason, occurred_at
    )
    select {id}, event_type, from_plan_id, to_plan_id, amount_cents, reason, occurred_at from events;
"""
_USER = 999_999_999


def test_rows_are_released_shown_and_repeated_by_a_new_warehouse(
    source: str, first: Home, new_home: Callable[[str], Home]
) -> None:
    """A session waits for its user; one that never can be right is dropped; what hangs on it stays open."""
    home = new_home(source)
    home.environment["STREAMVISION_EXTRACTION"] = "changes"
    succeed(first, home)
    changes = change(source)
    home.run("run", "--date", SECOND_DAY)
    assert _decide(home, "release") == {"viewing_sessions": (2, 0, 2), "episode_viewing": (1, 0, 1)}
    with psycopg.connect(source) as connection:
        connection.execute(_ADD_USER.format(id=_USER).encode())
    home.run("run", "--date", THIRD_DAY)

    assert _decide(home, "release", "viewing_sessions", "--rule", "user_id_references") == {
        "viewing_sessions": (1, 1, 0)
    }
    dropped = _decide(home, "drop", "viewing_sessions", "--batch", SECOND_DAY, "--reason", "a broken device")
    assert dropped == {"viewing_sessions": (1, 0, 0)}
    again = home.run("quarantine", "release", "viewing_sessions")
    assert again.stdout.strip() == "No open row of viewing_sessions is in quarantine; nothing was changed."
    home.run("run", "--date", THIRD_DAY)
    sessions = {row["session_id"]: row for row in home.published_tables("core")["fct_viewing_sessions"]}
    assert changes.orphan in sessions
    assert changes.backwards not in sessions
    _assert_told(home)

    before = loaded(home)
    shutil.rmtree(home.warehouse.parent)
    home.run("load", "--date", THIRD_DAY)
    assert_same(loaded(home), before)


def _decide(home: Home, *command: str) -> dict[str, tuple[int, int, int]]:
    """Return rows chosen, loaded and still broken by table; every account must balance after it."""
    document = home.run("quarantine", *command, "--format", "json").document
    accounts = home.run("status", "--batches", "9", "--format", "json").document["tables"]
    assert {account["balances"] for account in accounts} == {True}
    return {
        each["table"]: (each["chosen"], each["loaded"], each["still_broken"]) for each in document["tables"]
    }


def _assert_told(home: Home) -> None:
    """Fail where `quarantine` does not tell what was decided, and why."""
    groups = home.run("quarantine", "list", "--status", "all", "--format", "json").document
    told = {(group["table"], group["rule"]): (group["status"], group["decision"]) for group in groups}
    assert told["episode_viewing", "session_id_references"] == ("open", None)
    status, decision = told["viewing_sessions", "user_id_references"]
    assert (status, decision["decision_id"], decision["action"]) == (
        "released",
        f"{THIRD_DAY}_0001",
        "release",
    )
    shown = home.run("quarantine", "show", "viewing_sessions", "--status", "dropped").stdout
    assert "a broken device" in shown
    assert "ends before it starts" in shown
