"""A day done again changes nothing; the next day shows what changed in the source."""

import json
import shutil
from collections.abc import Callable
from datetime import date

import pytest

from streamvision.domain.names import VERSIONS_SUFFIX
from tests.conftest import PUBLISHED_DAY
from tests.e2e.changes import SECOND_DAY, Changes
from tests.e2e.homes import assert_same, lake_files, loaded, row_counts, shown, succeed
from tests.support.cli import Home, Row


def test_up_twice_gives_the_same_rows_and_the_same_marts(other_seed: Home) -> None:
    """The second `up` finds the source filled and the batch there: RAW and every mart stay as they are."""
    counts, files, rows, marts = (of(other_seed) for of in (row_counts, lake_files, loaded, shown))
    again = other_seed.run("up", "--no-serve", "--preset", "small", "--seed", "1", "--date", "2023-12-31")
    assert "they stay as they are" in again.stderr
    assert "the lake has the batch of 2023-12-31 already" in again.stderr
    assert row_counts(other_seed) == counts
    assert_same(lake_files(other_seed), files)
    assert_same(loaded(other_seed), rows)
    assert_same(shown(other_seed), marts)


def test_a_day_done_again_after_the_source_went_on_changes_nothing(
    first: Home, changed: tuple[str, Changes], new_home: Callable[[str], Home]
) -> None:
    """A day that the lake has is shown as it was seen, whatever the source says now."""
    home = new_home(changed[0])
    succeed(first, home)
    files, rows = lake_files(home), loaded(home)
    again = home.run("extract", "--date", PUBLISHED_DAY)
    assert "nothing was read" in again.stderr
    home.run("load", "--date", PUBLISHED_DAY)
    assert_same(lake_files(home), files)
    assert_same(loaded(home), rows)
    assert_same(files, lake_files(first))


def test_a_warehouse_made_anew_from_the_lake_is_the_one_that_was_lost(
    second: Home, new_home: Callable[[str], Home]
) -> None:
    """RAW and the accounts of both days follow from the lake alone; the source is not even asked."""
    home = new_home("postgresql://nobody@127.0.0.1:9/gone")
    shutil.copytree(second.lake, home.lake)
    home.run("load", "--date", SECOND_DAY)
    assert_same(loaded(home), loaded(second))


def test_days_done_again_from_the_lake_alone_change_nothing(
    second: Home, new_home: Callable[[str], Home]
) -> None:
    """A warehouse without its second day, and one that cannot be read any more, come back as they were."""
    home = new_home("postgresql://nobody@127.0.0.1:9/gone")
    shutil.copytree(second.lake, home.lake)
    shutil.copytree(second.warehouse.parent, home.warehouse.parent)
    again = home.run("run", "--from", SECOND_DAY, "--to", SECOND_DAY, "--format", "json")
    assert json.loads(again.stdout)["batches"] == [SECOND_DAY]
    assert_same(loaded(home), loaded(second))
    assert_same(shown(home), shown(second))
    home.warehouse.write_bytes(b"no database")
    anew = home.run("run", "--rebuild", "--format", "json")
    assert json.loads(anew.stdout)["batches"] == [PUBLISHED_DAY, SECOND_DAY]
    assert_same(lake_files(home), lake_files(second))
    assert_same(loaded(home), loaded(second))
    assert_same(shown(home), shown(second))


@pytest.mark.parametrize(
    "options",
    [
        ("--rebuild", "--from", PUBLISHED_DAY),
        ("--to", PUBLISHED_DAY),
        ("--from", PUBLISHED_DAY, "--date", PUBLISHED_DAY),
        ("--from", SECOND_DAY, "--to", PUBLISHED_DAY),
    ],
)
def test_days_that_contradict_one_another_are_refused(
    new_home: Callable[[str], Home], options: tuple[str, ...]
) -> None:
    """It is wrong use, and nothing is begun."""
    home = new_home("postgresql://nobody@127.0.0.1:9/gone")
    refused = home.run("run", *options, exits=2)
    assert "nothing was changed" in refused.stderr
    assert not home.warehouse.exists()


def test_an_earlier_day_is_refused_once_a_later_one_was_seen(second: Home, source: str) -> None:
    """The source shows only its present, so the day before the newest batch cannot be had any more."""
    before = lake_files(second)
    home = Home(second.folder, {"STREAMVISION_SOURCE": source})
    refused = home.run("extract", "--date", "2024-06-29", exits=2)
    assert SECOND_DAY in refused.stderr
    assert_same(lake_files(second), before)


def test_the_next_day_adds_a_full_picture_to_raw(second: Home, first: Home) -> None:
    """RAW keeps the first batch as it was and adds the second; nothing is updated in place."""
    before, after = first.warehouse_tables("raw"), second.warehouse_tables("raw")
    for table in (name for name in before if not name.endswith(VERSIONS_SUFFIX)):
        kept = [row for row in after[table] if row["_batch_id"] == PUBLISHED_DAY]
        assert kept == before[table]
        assert {row["_batch_id"] for row in after[table]} == {PUBLISHED_DAY, SECOND_DAY}


def test_a_deleted_row_is_gone_from_the_next_batch(
    second: Home, first: Home, changed: tuple[str, Changes]
) -> None:
    """A rating that the service deleted for good counts no more, while the first batch still tells of it."""
    _, changes = changed
    ratings = second.warehouse_tables("raw")["ratings"]
    seen = {row["_batch_id"] for row in ratings if row["id"] == changes.deleted_rating}
    assert seen == {PUBLISHED_DAY}
    facts = second.published_tables("core")["fct_ratings"]
    assert changes.deleted_rating not in {row["rating_id"] for row in facts}
    assert total(second, "content_ratings_daily", "ratings") < total(
        first, "content_ratings_daily", "ratings"
    )


def test_a_session_that_arrives_late_counts_on_its_own_day(
    second: Home, first: Home, changed: tuple[str, Changes]
) -> None:
    """A session of ten days ago, inserted today, is in the figures of the day on which it began."""
    _, changes = changed
    facts = {row["session_id"]: row for row in second.published_tables("core")["fct_viewing_sessions"]}
    assert facts[changes.late_session]["started_date"] == date(2024, 6, 20)
    before, after = (
        [row for row in home.published_tables()["viewer_days"] if row["country_code"] == "NZ"]
        for home in (first, second)
    )
    assert before == []
    assert [(row["viewing_date"], row["sessions"], row["watch_seconds"]) for row in after] == [
        (date(2024, 6, 20), 1, 2400)
    ]


def test_a_removed_title_keeps_its_row_in_content_performance(
    second: Home, changed: tuple[str, Changes]
) -> None:
    """The mart has every title that ever was; one without rows counts nought and has no rates."""
    _, changes = changed
    rows = second.published_tables()["content_performance"]
    (removed,) = [row for row in rows if row["content_id"] == changes.removed_title]
    assert (removed["attempts"], removed["ratings"], removed["watch_seconds"]) == (0, 0, 0)
    assert (removed["completion_rate"], removed["average_rating"]) == (None, None)


@pytest.mark.parametrize(
    ("user", "column", "now"),
    [
        ("upgraded_user", "plan_code", "premium_annual"),
        ("moved_user", "country_code", "JP"),
        ("ended_user", "is_active", False),
    ],
)
def test_the_history_of_a_user_keeps_what_was(
    second: Home, first: Home, changed: tuple[str, Changes], user: str, column: str, now: object
) -> None:
    """A changed user has two versions: one up to the day of the change, one from it on."""
    key = getattr(changed[1], user)
    (before,) = versions(first, key)
    old, new = versions(second, key)
    first_seen = date.fromisoformat(SECOND_DAY)
    assert before["valid_from"] == before["signed_up_at"].date()
    assert (old["valid_from"], old["valid_to"], old["is_current"]) == (
        before["valid_from"],
        first_seen,
        False,
    )
    assert (new["valid_from"], new["valid_to"], new["is_current"]) == (first_seen, None, True)
    assert old[column] == before[column]
    assert new[column] == now
    assert new[column] != old[column]


def test_users_that_did_not_change_have_one_version(second: Home, changed: tuple[str, Changes]) -> None:
    """Seeing the same user on two days makes one version, and every user has exactly one current one."""
    changes = changed[1]
    people = second.published_tables("core")["dim_users"]
    touched = {changes.upgraded_user, changes.moved_user, changes.ended_user}
    unchanged = [row["user_id"] for row in people if row["user_id"] not in touched]
    assert len(unchanged) == len(set(unchanged)) == 1000 - len(touched)
    current = [row["user_id"] for row in people if row["is_current"]]
    assert len(current) == len(set(current)) == 1000


def test_no_names_or_addresses_of_people_leave_staging(second: Home) -> None:
    """Core and marts have no column of e-mail, user name or name."""
    tables = second.published_tables("core") | second.published_tables("marts")
    columns = {column for rows in tables.values() for row in rows[:1] for column in row}
    assert columns.isdisjoint({"email", "username", "first_name", "last_name"})


def versions(home: Home, user: int) -> list[Row]:
    """Return the versions of a user in dim_users, oldest first."""
    rows = [row for row in home.published_tables("core")["dim_users"] if row["user_id"] == user]
    return sorted(rows, key=lambda row: row["valid_from"])


def total(home: Home, mart: str, column: str) -> int:
    """Return the sum of a column of a published mart."""
    return sum(row[column] for row in home.published_tables()[mart])
