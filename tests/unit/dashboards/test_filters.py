"""What the filters say to a mart."""

from collections.abc import Callable
from datetime import date

import pytest

from streamvision_web.filters import Filters, Reach, condition

DAYS = (date(2026, 1, 1), date(2026, 1, 31))
HOSTILE = ("FR", "') or true; drop table marts.plans; --", '"', "$plans", "{filters}", "")


def test_without_choices_only_the_days_filter() -> None:
    """None chosen means all."""
    sql, parameters = condition(Filters(*DAYS), Reach(day="viewing_date"))
    assert sql == "viewing_date between $first_day and $last_day"
    assert parameters == {"first_day": DAYS[0], "last_day": DAYS[1]}


@pytest.mark.parametrize(
    ("name", "choose"),
    [
        ("countries", lambda values: Filters(*DAYS, countries=values)),
        ("plans", lambda values: Filters(*DAYS, plans=values)),
        ("genres", lambda values: Filters(*DAYS, genres=values)),
        ("devices", lambda values: Filters(*DAYS, devices=values)),
    ],
)
def test_hostile_values_stay_parameters(name: str, choose: Callable[[tuple[str, ...]], Filters]) -> None:
    """The SQL is the same whatever is chosen."""
    reach = Reach(day="viewing_date", plans=("from_plan_code", "to_plan_code"))
    harmless, _ = condition(choose(("x",)), reach)
    sql, parameters = condition(choose(HOSTILE), reach)
    assert sql == harmless
    assert parameters[name] == list(HOSTILE)


def test_a_plan_may_stand_in_either_of_two_columns() -> None:
    """The brackets keep the other filters in force."""
    reach = Reach(day="movement_date", plans=("from_plan_code", "to_plan_code"), genre=None)
    sql, _ = condition(Filters(*DAYS, plans=("basic",)), reach)
    assert sql.endswith(" and (from_plan_code in $plans or to_plan_code in $plans)")


def test_a_mart_without_genres_or_devices_ignores_those_filters() -> None:
    """Their parameters are not even there, since DuckDB refuses one that the SQL does not name."""
    filters = Filters(*DAYS, genres=("Drama",), devices=("tv",))
    sql, parameters = condition(filters, Reach(day="movement_date", genre=None, device=None))
    assert sql == "movement_date between $first_day and $last_day"
    assert set(parameters) == {"first_day", "last_day"}


@pytest.mark.parametrize(
    ("filters", "narrow"),
    [
        (Filters(*DAYS), False),
        (Filters(*DAYS, countries=("FR",)), True),
        (Filters(*DAYS, plans=("basic",)), True),
        (Filters(*DAYS, genres=("Drama",)), True),
        (Filters(*DAYS, devices=("tv",)), True),
    ],
)
def test_days_alone_do_not_make_filters_narrow(filters: Filters, *, narrow: bool) -> None:
    """So the mart of daily users can answer."""
    assert filters.narrow is narrow
