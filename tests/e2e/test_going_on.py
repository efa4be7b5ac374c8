"""A day is built from what the day before published, and anew where more has changed than rows."""

import shutil

import pytest

from tests.e2e.changes import SECOND_DAY
from tests.e2e.conftest import new_database
from tests.e2e.homes import assert_same, external, shown, succeed
from tests.support.cli import Home, new_folder

_FACT = "dbt/target/compiled/streamvision/models/core/fct_viewing_sessions.sql"


def _goes_on(home: Home) -> bool:
    return "int_viewing_sessions_changed" in (home.folder / _FACT).read_text(encoding="utf-8")


def test_the_second_day_goes_on_from_the_first(first: Home, second: Home) -> None:
    """The facts that are shown take in what changed."""
    assert not _goes_on(first)
    assert _goes_on(second)


@pytest.fixture
def again(second: Home, first_source: str) -> Home:
    """Give a home that has followed the second day, on a source of its own."""
    home = Home(new_folder() / "home", external(new_database(first_source)))
    succeed(second, home)
    shutil.copytree(second.folder / "dbt", home.folder / "dbt")
    return home


def test_a_day_that_was_loaded_again_is_built_anew(second: Home, again: Home) -> None:
    """Whatever it had brought before; and the transformation after that goes on, with no new batch."""
    try:
        again.run("run", "--from", SECOND_DAY, "--to", SECOND_DAY)
        assert not _goes_on(again)
        assert_same(shown(again), shown(second))
        again.run("transform")
        assert _goes_on(again)
        again.run("publish")
        assert_same(shown(again), shown(second))
    finally:
        shutil.rmtree(again.folder.parent)
