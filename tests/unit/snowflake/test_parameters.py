"""How named parameters become places, with their values beside the text."""

from datetime import UTC, date, datetime

import pytest

from streamvision.adapters.warehouse.snowflake.parameters import bound

MOMENT = datetime(2026, 3, 14, 23, 30, tzinfo=UTC)


def test_each_name_becomes_a_place_and_its_value_stays_out_of_the_text() -> None:
    """In the order in which the text names them, as often as it does."""
    hostile = "'; drop table marts.plans; --"
    assert bound("select $b, $a, $b", {"a": date(2026, 1, 1), "b": hostile}) == (
        "select ?, ?, ?",
        [hostile, date(2026, 1, 1), hostile],
    )


def test_what_stands_in_texts_names_and_comments_is_no_parameter() -> None:
    """Nor does a quote inside a text end it."""
    sql = """select '$a', 'it''s $a', "$a" -- $a's\nfrom t where x = $a and price = '$'"""
    assert bound(sql, {"a": 1}) == (sql.replace("= $a", "= ?"), [1])


def test_a_list_becomes_as_many_places_as_it_has_values() -> None:
    """An empty one is a list of nothing, in which nothing is found."""
    assert bound("x in $several or y in $none", {"several": ["a", "b"], "none": ()}) == (
        "x in (?, ?) or y in (NULL)",
        ["a", "b"],
    )


def test_a_moment_keeps_its_zone() -> None:
    """The connector would send its wall clock alone."""
    assert bound("$at", {"at": MOMENT}) == ("?", [("TIMESTAMP_TZ", MOMENT)])


def test_a_name_without_a_value_is_refused() -> None:
    """The query is ours, so it is our mistake."""
    with pytest.raises(LookupError, match="missing"):
        bound("select $missing", {})
