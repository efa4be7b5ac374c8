"""How a build begins with what readers are shown, over DuckDB's files and in a stand-in for Snowflake."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from streamvision.domain.basis import BatchWindow, BuildStart
from streamvision.ports.transformer import CHANGED_BEFORE, CHANGED_FROM
from tests.contract.publishers import MOMENT, DuckDBPublisher, Publisher, SnowflakePublisher, shown_number

if TYPE_CHECKING:
    from tests.support.snowflake import SnowflakeStandIn

WINDOW = BatchWindow("2026-03-15", "2026-03-17")
LATER = MOMENT + timedelta(days=1)


@pytest.fixture(params=["duckdb", "snowflake"])
def publisher(request: pytest.FixtureRequest, tmp_path: Path) -> Publisher:
    """Return a publisher that has published the number 1, built anew."""
    made: Publisher
    if request.param == "snowflake":
        server: SnowflakeStandIn = request.getfixturevalue("snowflake")
        made = SnowflakePublisher(server.new_url())
    else:
        made = DuckDBPublisher(tmp_path)
    made.start = BuildStart("the first basis")
    made.publish(1, MOMENT)
    return made


def _people_shown(publisher: Publisher) -> list[int]:
    rows = publisher.reader().query("select user_id from core.dim_people order by user_id").to_pylist()
    return [int(row["user_id"]) for row in rows]


def test_a_build_without_a_window_begins_with_nothing(publisher: Publisher) -> None:
    """Whatever readers are shown; its place tells of no window."""
    publisher.start = BuildStart("another basis")
    publisher.publish(2, LATER)
    assert _people_shown(publisher) == [2]
    variables = publisher.warehouse.build_place().variables
    assert (variables[CHANGED_FROM], variables[CHANGED_BEFORE]) == ("", "")


def test_a_build_with_a_window_begins_with_what_is_shown(publisher: Publisher) -> None:
    """Core and marts; who reads meanwhile sees nothing of it."""
    publisher.start = BuildStart("another basis", WINDOW)
    place = publisher.warehouse.begin_build(publisher.start)
    assert (place.variables[CHANGED_FROM], place.variables[CHANGED_BEFORE]) == ("2026-03-15", "2026-03-17")
    assert publisher.warehouse.build_place() == place
    publisher.build(2)
    assert (_people_shown(publisher), shown_number(publisher.reader())) == ([1], 1)
    publisher.record(2, LATER)
    publisher.warehouse.publish(run_id="run-2", published_at=LATER)
    assert (_people_shown(publisher), shown_number(publisher.reader())) == ([1, 2], 2)


def test_a_build_that_was_killed_leaves_nothing_to_the_next(publisher: Publisher) -> None:
    """It begins with what is shown, and not with what the other has done to it."""
    publisher.start = BuildStart("another basis", WINDOW)
    publisher.build(7)
    publisher.publish(2, LATER)
    assert _people_shown(publisher) == [1, 2]


def test_what_is_shown_remembers_what_it_was_made_from(publisher: Publisher) -> None:
    """A build that is not shown yet says nothing of it."""
    assert publisher.warehouse.basis() == "the first basis"
    publisher.start = BuildStart("the second basis", WINDOW)
    publisher.build(2)
    publisher.record(2, LATER)
    assert publisher.warehouse.basis() == "the first basis"
    publisher.warehouse.publish(run_id="run-2", published_at=LATER)
    assert publisher.warehouse.basis() == "the second basis"


def test_a_build_that_was_begun_without_a_word_is_made_from_nothing_known(publisher: Publisher) -> None:
    """Nothing goes on from it."""
    publisher.start = None
    publisher.publish(2, LATER)
    assert publisher.warehouse.basis() is None
