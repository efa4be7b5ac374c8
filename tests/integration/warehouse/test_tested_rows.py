"""What tests of the data find in a build that goes on: wrong rows that it put in, and lost balances."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from streamvision.adapters.warehouse.duckdb.warehouse import DuckDBWarehouse
from streamvision.ports.transformer import BuildPlace
from tests.integration.warehouse.days import GOING_ON, Days
from tests.support.service_month import ServiceMonth

_TESTED = ("fct_viewing_sessions", "viewer_days", "dim_devices")
"""A reference is looked at where both of its ends are."""
_PUT_IN = """
    select min(session_id) from core.fct_viewing_sessions
    where is_play and session_id in (select session_id from staging.int_viewing_sessions_changed)
"""
_OLDER = """
    select min(session_id) from core.fct_viewing_sessions
    where is_play and session_id not in (select session_id from staging.int_viewing_sessions_changed)
"""
_TOUCHED = """
    from marts.viewer_days
    where (viewing_date, user_id) in (
        select (started_date, user_id) from core.fct_viewing_sessions where session_id in ({put_in})
    )
    limit 1
"""


class GoingOn:
    """A build of the third day that goes on from the second; it can be spoiled."""

    def __init__(self, days: Days, place: BuildPlace) -> None:
        """Take the days, built."""
        self._days, self._place = days, place

    def found(self, spoil: str) -> set[str]:
        """Return which tests fail after a statement on a session {put_in} or {older}, and take it back."""
        path, kept = Path(self._place.name), Path(f"{self._place.name}.kept")
        kept.write_bytes(path.read_bytes())
        with duckdb.connect(str(path)) as connection:
            raw = path.parent.parent / "warehouse.duckdb"
            connection.execute(f"attach '{raw}' as streamvision_raw (read_only)")
            changed = connection.execute(spoil.format(put_in=_PUT_IN, older=_OLDER)).fetchone()
        assert changed
        assert changed[0] > 0
        failed = self._days.failed_tests(self._place, *_TESTED)
        kept.replace(path)
        return failed


@pytest.fixture(scope="module")
def going_on(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GoingOn]:
    """Return a build of the third day, made from what the second has published."""
    folder = tmp_path_factory.mktemp("days")
    with pytest.MonkeyPatch.context() as monkeypatch:
        days = Days(folder, DuckDBWarehouse(f"duckdb://{folder / 'warehouse.duckdb'}"), monkeypatch)
        service = ServiceMonth(seed=5)
        for number in range(3):
            service.pass_day(number)
            days.load(number, service.picture())
            if number == 0:
                continue
            place, window = days.begin()
            days.build(place, *GOING_ON)
            if number == 1:
                days.publish(number)
        assert window is not None
        assert days.failed_tests(place, *_TESTED) == set()
        yield GoingOn(days, place)


def test_a_row_that_was_put_in_is_judged(going_on: GoingOn) -> None:
    """By the tests that judge rows one by one."""
    spoil = "update core.fct_viewing_sessions set is_play = false where session_id = ({put_in})"
    assert "an_attempt_plays_fails_or_is_left" in going_on.found(spoil)


def test_a_key_that_stands_twice_is_found(going_on: GoingOn) -> None:
    """Be the other row with it an older one or not."""
    again = (
        "insert into core.fct_viewing_sessions from core.fct_viewing_sessions where session_id = ({put_in})"
    )
    assert "unique_fct_viewing_sessions_session_id" in going_on.found(again)
    taken = "update core.fct_viewing_sessions set session_id = ({put_in}) where session_id = ({older})"
    assert "unique_fct_viewing_sessions_session_id" in going_on.found(taken)


def test_a_combination_that_stands_twice_is_found(going_on: GoingOn) -> None:
    """In a mart, among the rows of the keys that were touched."""
    spoil = f"insert into marts.viewer_days {_TOUCHED}"
    combination = "unique_combination_viewer_days"
    assert [name for name in going_on.found(spoil) if name.startswith(combination)]


def test_a_reference_of_any_row_is_looked_at(going_on: GoingOn) -> None:
    """A row that was there may lose what it refers to."""
    spoil = "update core.fct_viewing_sessions set device_type = 'toaster' where session_id = ({older})"
    assert [name for name in going_on.found(spoil) if name.startswith("relationships_fct_viewing_sessions")]


def test_an_older_row_that_is_lost_breaks_a_balance(going_on: GoingOn) -> None:
    """Both in the fact and in what is summed of it."""
    spoil = "delete from core.fct_viewing_sessions where session_id = ({older})"
    assert {"no_session_is_lost_or_doubled", "viewer_days_sessions_are_the_plays"} <= going_on.found(spoil)


def test_an_older_row_is_not_judged_again(going_on: GoingOn) -> None:
    """It passed in the build that put it in: that is what makes a day cheap."""
    spoil = "update core.fct_viewing_sessions set is_exit_before_start = true where session_id = ({older})"
    assert going_on.found(spoil) == set()
