"""A batch that is not what its contracts expect is not loaded, unless people say so."""

from collections.abc import Callable

import psycopg
import pyarrow.parquet as pq

from tests.conftest import PUBLISHED_DAY
from tests.e2e.changes import SECOND_DAY
from tests.e2e.errors import assert_clear
from tests.e2e.homes import assert_same, loaded, shown, succeed
from tests.support.cli import Home

_BREAK_A_TENTH = """
    do $$ declare name text; begin
        for name in select conname from pg_constraint
            where conrelid = 'viewing_sessions'::regclass and contype = 'c'
        loop execute format('alter table viewing_sessions drop constraint %I', name); end loop;
    end $$;
    update viewing_sessions set ended_at = started_at - interval '1 hour' where id % 10 = 0;
    update viewing_sessions set country = 'XX'
    where id = (select min(id) from viewing_sessions where id % 10 = 1)
"""


def test_too_many_bad_rows_stop_the_batch_until_they_are_accepted(
    source: str, first: Home, new_home: Callable[[str], Home]
) -> None:
    """The run ends with 3 and shows the day before; the rows are in the lake, that of no country among them.

    Few rows stop nothing, whatever their share: those that refer to the broken ones are fewer than 100.
    """
    with psycopg.connect(source) as connection:
        connection.execute(_BREAK_A_TENTH)
    home = new_home(source)
    succeed(first, home)
    before = loaded(home)
    outcome = home.run("run", "--date", SECOND_DAY, exits=3)
    assert_clear(
        outcome,
        "viewing_sessions: quarantined share is",
        "rows broke ended_after_started, for example: the session ends before it starts",
        "--accept-quarantined",
    )
    assert f"the dashboards still show the state of {PUBLISHED_DAY}" in outcome.stderr
    assert_same(loaded(home), before)
    assert_same(shown(home), shown(first))
    (kept,) = (home.lake / f"quarantine/postgres/viewing_sessions/{SECOND_DAY}").iterdir()
    broken = pq.read_metadata(kept).num_rows
    assert broken > 100
    document = home.run("load", "--date", SECOND_DAY, "--accept-quarantined", "--format", "json").document
    accounts = {each["table"]: each for each in document["accounts"] if each["batch_id"] == SECOND_DAY}
    assert accounts["viewing_sessions"]["quarantined_rows"] == broken
    groups = home.run("quarantine", "list", "--format", "json").document
    assert {group["rule"]: group["rows"] for group in groups}["country_values"] == 1
    expectations = home.run("status", "--format", "json").document["expectations"]
    shares = [each for each in expectations if each["expectation"] == "quarantined share"]
    assert {each["table"] for each in shares if not each["holds"]} == {"viewing_sessions"}
    assert accounts["episode_viewing"]["quarantined_rows"] > 0
    assert "quarantined share" in home.run("status").stdout


def test_what_is_expected_is_told_and_shown(first: Home) -> None:
    """The service is long past on this machine: its sessions are not fresh, which stops nothing."""
    found = {
        (each["table"], each["expectation"]): each["holds"]
        for each in first.run("status", "--format", "json").document["expectations"]
    }
    assert found["viewing_sessions", "freshness of started_at"] is False
    tables = {table for table, _ in found}
    assert len(tables) == 9
    assert all(found[table, "volume"] and found[table, "quarantined share"] for table in tables)
