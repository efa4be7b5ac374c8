"""What every reader of the published marts does, over DuckDB's files and in a stand-in for Snowflake."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from streamvision.domain.errors import NothingPublishedError
from streamvision.ports.marts import Publication
from tests.contract.publishers import (
    DAY,
    MOMENT,
    DuckDBPublisher,
    Publisher,
    SnowflakePublisher,
    shown_number,
)

if TYPE_CHECKING:
    from tests.support.snowflake import SnowflakeStandIn


@pytest.fixture(params=["duckdb", "snowflake"])
def publisher(request: pytest.FixtureRequest, tmp_path: Path) -> Publisher:
    """Return a publisher that has published nothing yet."""
    if request.param == "snowflake":
        server: SnowflakeStandIn = request.getfixturevalue("snowflake")
        return SnowflakePublisher(server.new_url())
    return DuckDBPublisher(tmp_path)


def test_before_the_first_publication_readers_are_told(publisher: Publisher) -> None:
    """With the command that makes one; the same reader works once it is there."""
    reader = publisher.reader()
    for ask in (reader.publication, lambda: reader.query("select 1")):
        with pytest.raises(NothingPublishedError) as refusal:
            ask()
        assert refusal.value.next_command == "streamvision up --no-serve"
    publisher.publish(1, MOMENT)
    assert shown_number(reader) == 1


def test_readers_are_told_what_they_see(publisher: Publisher) -> None:
    """Batch, moment and run."""
    publisher.publish(1, MOMENT)
    assert publisher.reader().publication() == Publication("2026-03-14", DAY, MOMENT, "run-1")


def test_a_new_publication_shows_without_reopening(publisher: Publisher) -> None:
    """The next query sees it."""
    reader = publisher.reader()
    for number in range(1, 5):
        publisher.publish(number, MOMENT + timedelta(seconds=number))
        assert shown_number(reader) == number
        assert reader.publication().run_id == f"run-{number}"


def test_what_is_built_but_not_published_does_not_show(publisher: Publisher) -> None:
    """People see the last state that passed."""
    reader = publisher.reader()
    publisher.publish(1, MOMENT)
    publisher.build(2)
    assert shown_number(reader) == 1
    publisher.record(2, MOMENT + timedelta(seconds=1))
    assert shown_number(reader) == 1
    assert shown_number(publisher.reader()) == 1


def test_a_clock_that_was_set_back_does_not_hide_the_newest(publisher: Publisher) -> None:
    """What was published last is what shows, whatever the clock said."""
    reader = publisher.reader()
    for number, seconds in enumerate((10, 11, 5, 4), start=1):
        publisher.publish(number, MOMENT + timedelta(seconds=seconds))
        (current,) = publisher.reader().query("select 1 as one").to_pylist()
        assert current == {"one": 1}
        assert shown_number(reader) == number


def test_parameters_are_values_and_no_sql(publisher: Publisher) -> None:
    """Text that looks like SQL is text."""
    publisher.publish(1, MOMENT)
    hostile = "'; drop table marts.numbers; --"
    found = publisher.reader().query(
        "select $text as text, number from marts.numbers where number = $number",
        {"text": hostile, "number": 1},
    )
    assert found.to_pylist() == [{"text": hostile, "number": 1}]


def test_several_threads_may_ask_at_once(publisher: Publisher) -> None:
    """While publications come: each sees one that was there, whole."""
    reader = publisher.reader()
    publisher.publish(0, MOMENT)

    def ask(_: int) -> object:
        return shown_number(reader)

    with ThreadPoolExecutor(max_workers=4) as pool:
        answers = [pool.submit(ask, number) for number in range(40)]
        publisher.publish(1, MOMENT + timedelta(seconds=1))
        answers += [pool.submit(ask, number) for number in range(40)]
        seen = [answer.result() for answer in answers]
    assert set(seen) <= {0, 1}
    assert seen[-1] == 1


def test_core_is_published_with_the_marts(publisher: Publisher) -> None:
    """Both switch in one publication."""
    for number in (1, 2):
        publisher.publish(number, MOMENT + timedelta(seconds=number))
        found = publisher.reader().query(
            "select people.user_id, numbers.number from core.dim_people as people cross join marts.numbers"
        )
        assert found.to_pylist() == [{"user_id": number, "number": number}]


def test_names_and_types_are_the_same_on_every_warehouse(publisher: Publisher) -> None:
    """Names in small letters, whole numbers in 64 bits, decimals with their digits, moments in UTC."""
    publisher.publish(1, MOMENT)
    found = publisher.reader().query(
        """
        select
            number, count(*) over () as counted, made_at, made_on, price, share, is_new, title, missing,
            made_on::varchar as day
        from marts.numbers
        """
    )
    assert found.schema == pa.schema(
        {
            "number": pa.int64(),
            "counted": pa.int64(),
            "made_at": pa.timestamp("us", tz="UTC"),
            "made_on": pa.date32(),
            "price": pa.decimal128(18, 4),
            "share": pa.float64(),
            "is_new": pa.bool_(),
            "title": pa.string(),
            "missing": pa.int64(),
            "day": pa.string(),
        }
    )
    (row,) = found.to_pylist()
    assert row == {
        "number": 1,
        "counted": 1,
        "made_at": datetime(2026, 3, 14, 23, 30, tzinfo=UTC),
        "made_on": DAY,
        "price": Decimal("2.5000"),
        "share": 0.1,
        "is_new": True,
        "title": "Élan",
        "missing": None,
        "day": "2026-03-14",
    }


def test_an_answer_without_rows_has_names_and_types(publisher: Publisher) -> None:
    """A chart without data is drawn from the columns alone."""
    publisher.publish(1, MOMENT)
    reader = publisher.reader()
    columns = "number, made_at, made_on, price, share, is_new, title"
    some = reader.query(f"select {columns} from marts.numbers")  # noqa: S608 - the test's own columns
    none = reader.query(f"select {columns} from marts.numbers where number < 0")  # noqa: S608
    assert (none.num_rows, none.schema) == (0, some.schema)


def test_parameters_may_be_of_any_kind(publisher: Publisher) -> None:
    """Days, moments of any zone, texts, numbers, truth, and lists to look a value up in."""
    publisher.publish(1, MOMENT)
    elsewhere = datetime(2026, 3, 15, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    found = publisher.reader().query(
        """
        select number from marts.numbers
        where
            made_on = $day
            and made_at = $moment
            and title in $titles
            and is_new = $is_new
            and number in $numbers
            and not coalesce(title in $nothing, false)
        """,
        {
            "day": DAY,
            "moment": elsewhere,
            "titles": ["Beta", "Élan"],
            "is_new": True,
            "numbers": [1, 2],
            "nothing": [],
        },
    )
    assert found.to_pylist() == [{"number": 1}]


def test_days_and_weeks_are_those_of_iso(publisher: Publisher) -> None:
    """Whatever an account has set: a week begins on Monday, and a day is written year first."""
    publisher.publish(1, MOMENT)
    found = publisher.reader().query(
        "select date_trunc('week', made_on)::date::varchar as monday from marts.numbers"
    )
    assert found.to_pylist() == [{"monday": "2026-03-09"}]
