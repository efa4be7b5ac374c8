"""Chance, instants, crowds and Arrow columns."""

from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from streamvision.pipeline.simulate import plans
from streamvision.pipeline.simulate.chance import Chance, pick, pick_by_row
from streamvision.pipeline.simulate.columns import (
    BATCH_ROWS,
    batches,
    dates,
    decimals,
    instants,
    keys,
    labels,
    lists,
    numbers,
)
from streamvision.pipeline.simulate.crowds import eagerness
from streamvision.pipeline.simulate.moments import HOURS
from streamvision.pipeline.simulate.titles import make_titles
from streamvision.pipeline.simulate.viewing_rows import completion_units


def test_topics_are_independent_streams() -> None:
    """A topic gives the same draws whatever was drawn elsewhere, and others than another topic."""
    chance = Chance(1)
    first = chance.topic("a").random(3)
    chance.topic("b").random(100)
    assert (chance.topic("a").random(3) == first).all()
    assert (chance.topic("b").random(3) != first).any()
    assert (Chance(2).topic("a").random(3) != first).any()


def test_a_pick_never_falls_on_a_code_without_weight() -> None:
    """The extreme shares fall on the first and the last code that have a weight."""
    weights = np.array([0.0, 2.0, 1.0, 0.0])
    shares = np.array([0.0, 0.66, 0.67, 1.0])
    assert pick(weights, shares).tolist() == [1, 1, 2, 2]


def test_a_pick_by_row_uses_the_weights_of_its_row() -> None:
    """Each share is looked up in the row that is named for it."""
    weights = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 3.0]])
    rows, shares = np.array([0, 1, 1]), np.array([0.9, 0.2, 0.3])
    assert pick_by_row(weights, rows, shares).tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("unscaled", "value"), [(12_345, "1.2345"), (0, "0.0000"), (10_000, "1.0000"), (-5, "-0.0005")]
)
def test_decimals_are_exact(unscaled: int, value: str) -> None:
    """A whole number of the last place becomes the decimal of that scale."""
    column = decimals(np.array([unscaled]), 5, 4)
    assert column.type == pa.decimal128(5, 4)
    assert column.to_pylist() == [Decimal(value)]


def test_missing_values_become_null() -> None:
    """Where a value is missing each kind of column holds NULL."""
    values, missing = np.array([10, 20]), np.array([False, True])
    assert decimals(values, 3, 1, missing).to_pylist() == [Decimal("1.0"), None]
    assert numbers(values, pa.int16(), missing).to_pylist() == [10, None]
    assert labels(["x"], np.array([0, -1]), missing).to_pylist() == ["x", None]
    assert instants(values, missing).to_pylist() == [datetime(1970, 1, 1, microsecond=10, tzinfo=UTC), None]


def test_a_number_too_large_for_its_column_is_an_error() -> None:
    """Nothing is cut off in silence."""
    with pytest.raises(pa.ArrowInvalid):
        numbers(np.array([40_000]), pa.int16())


def test_lists_hold_the_words_their_row_chooses() -> None:
    """A row that chooses nothing has an empty list, not NULL."""
    chosen = np.array([[True, False, True], [False, False, False]])
    assert lists(["a", "b", "c"], chosen).to_pylist() == [["a", "c"], []]


def test_days_and_keys_count_from_where_they_should() -> None:
    """Days count from 1970, keys from 1."""
    assert dates(np.array([0, 365])).to_pylist() == [date(1970, 1, 1), date(1971, 1, 1)]
    assert keys(slice(2, 4)).to_pylist() == [3, 4]


def test_large_tables_come_in_batches() -> None:
    """All rows come once, in order, in batches of at most 65,536."""
    made = list(batches(BATCH_ROWS + 1, lambda rows: pa.record_batch({"id": keys(rows)})))
    assert [batch.num_rows for batch in made] == [BATCH_ROWS, 1]
    assert made[1]["id"].to_pylist() == [BATCH_ROWS + 1]


def test_completion_rounds_halves_up() -> None:
    """The rate is what PostgreSQL's round(numeric, 4) gives, and never more than 1."""
    watched, length = np.array([1, 1, 3, 5, 0]), np.array([20_000, 3, 4, 4, 7])
    assert completion_units(watched, length).tolist() == [1, 3_333, 7_500, 10_000, 0]


def test_plans_rank_by_what_they_cost_a_month() -> None:
    """The annual plan is cheaper a month than the monthly one of the same name."""
    ranked = sorted(range(len(plans.PLANS)), key=lambda code: int(plans.RANK[code]))
    assert [plans.PLANS[code].code for code in ranked] == [
        "free",
        "basic",
        "standard",
        "premium_annual",
        "premium",
    ]


def test_no_two_titles_are_equal() -> None:
    """Even more titles than there are combinations of words stay apart."""
    is_fact = np.arange(12_000) % 3 == 0
    titles = make_titles(Chance(1).topic("titles"), is_fact).to_pylist()
    assert len(set(titles)) == len(titles)
    assert any(title.endswith(" 2") for title in titles)


def test_who_leaves_off_what_they_watch_is_made_up_for() -> None:
    """Few viewers need what is missing of them; many need more, since some have no hours left."""
    shares = np.concatenate([np.zeros(100), np.full(1_000, 0.001), np.full(10, 0.1)])
    usual = shares.sum()
    assert eagerness(1, shares) == pytest.approx(1 / usual, rel=0.2)
    for viewers in (1, 10, 100):
        wanted = eagerness(viewers, shares) * shares[:, None] * HOURS / HOURS.mean()
        assert (wanted / (1 + wanted)).mean(axis=1).sum() == pytest.approx(viewers, rel=0.01)
    assert eagerness(100, shares) > 1.3 * 10 * eagerness(10, shares)
