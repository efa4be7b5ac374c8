"""How many rows are usual, after what was before."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamvision.domain.alert import AlertLimits, usual_rows, with_limits

LIMITS = AlertLimits()


@pytest.mark.parametrize("weeks", [0, 1, 3])
def test_a_short_history_says_nothing(weeks: int) -> None:
    """A new table has no usual day."""
    assert usual_rows([100] * weeks, LIMITS) is None


def test_a_steady_history_leaves_room_for_a_share_of_it() -> None:
    """The deviation is nothing where all days are alike; a few rows more are not news."""
    usual = usual_rows([100] * 4, LIMITS)
    assert usual is not None
    assert (usual.least, usual.most) == (70.0, 130.0)
    assert usual.holds(70)
    assert not usual.holds(131)


def test_a_lively_history_leaves_room_by_its_own_deviation() -> None:
    """Five times the robust deviation: 1.4826 times the median distance from the median."""
    usual = usual_rows([100, 120, 140, 160, 180], LIMITS)
    assert usual is not None
    assert usual.middle == 140
    assert usual.most == pytest.approx(140 + 5 * 1.4826 * 20)
    assert usual.least == 0.0


def test_one_day_that_was_not_usual_does_not_move_it() -> None:
    """A mean would call the next good day unusual, and the next bad one usual."""
    usual = usual_rows([1000, 1010, 990, 1005, 0], LIMITS)
    assert usual is not None
    assert not usual.holds(0)
    assert usual.holds(1000)


def test_a_table_that_hardly_changes_may_change_a_little() -> None:
    """One new plan is not a call in the night; twenty-one are."""
    usual = usual_rows([0, 0, 0, 0], LIMITS)
    assert usual is not None
    assert (usual.least, usual.most) == (0.0, 20.0)


@given(st.lists(st.integers(0, 10**9), min_size=4, max_size=12), st.integers(2, 1000))
def test_what_is_usual_grows_with_the_numbers(history: list[int], factor: int) -> None:
    """The middle is always usual, and a service that is ten times as large is judged alike."""
    limits = with_limits({"volume_rows": 0})
    small, large = usual_rows(history, limits), usual_rows([each * factor for each in history], limits)
    assert small is not None
    assert large is not None
    assert small.least <= small.middle <= small.most
    assert large.most == pytest.approx(small.most * factor)
    assert large.least == pytest.approx(small.least * factor)


def test_limits_are_named() -> None:
    """A name that is not a limit's is an error."""
    assert with_limits({"no_run_hours": 3}).no_run_hours == 3
    with pytest.raises(TypeError):
        with_limits({"no_walk_hours": 3})
