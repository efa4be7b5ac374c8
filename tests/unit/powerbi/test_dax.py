"""How the semantic layer's metrics are written in DAX."""

from dataclasses import replace

import pytest

from streamvision.domain.errors import DefinitionError
from streamvision.domain.metric import Derived, Expression, Ratio, Rolling
from streamvision.pipeline.powerbi.dax import Either, Star, measure_of
from streamvision.pipeline.powerbi.sql_to_dax import to_dax
from tests.unit.powerbi.small_model import PLAYS, SECONDS, VIEWERS, metric, part

STAR = Star(
    calendar="Dates[Date]",
    filtered_by={"plays": ["Titles", "Plans"], "viewers": ["Genres"], "moves": []},
    either={"moves": Either(("from_plan", "to_plan"), "Plans", "plan_code")},
    fixed=frozenset({("plays", "seconds")}),
)


def _dax(expression: Expression, divisor: int = 1) -> str:
    return measure_of(metric(expression), STAR, divisor)


@pytest.mark.parametrize(
    ("sql", "dax"),
    [
        ("a + b * 2", "[a] + [b] * 2"),
        ("kind = 'it''s \"so\"'", '[kind] = "it\'s ""so"""'),
        ("kind in ('a', 'b') and not (n <> 1)", '[kind] IN {"a", "b"} && NOT([n] <> 1)'),
        ("kind is not null or n is null", "NOT(ISBLANK([kind])) || ISBLANK([n])"),
        ("is_done = true", "[is_done] = TRUE()"),
        ("n != 1.5", "[n] <> 1.5"),
    ],
)
def test_small_sql_has_the_same_meaning_in_dax(sql: str, dax: str) -> None:
    """Operators, lists, texts and what is empty."""
    assert to_dax(sql, lambda name: f"[{name}]") == dax


@pytest.mark.parametrize(
    "sql", ["case when a then 1 end", "coalesce(a, 0)", "a is b", "a ~ 'x'", "a is not b"]
)
def test_other_sql_is_refused_and_not_guessed(sql: str) -> None:
    """Whoever writes it is told to write the DAX as well."""
    with pytest.raises(DefinitionError, match="No DAX is known") as refused:
        to_dax(sql, str)
    assert "model.yml" in refused.value.next_command


def test_a_column_is_summed_and_rows_are_summed_over() -> None:
    """An expression is computed row by row."""
    assert _dax(PLAYS) == "SUM(plays[plays])"
    both = part("plays", "plays + seconds", {"plays", "seconds"}, "play_date")
    assert _dax(both) == "SUMX(plays, plays[plays] + plays[seconds])"
    assert _dax(VIEWERS) == "DISTINCTCOUNT(viewers[user_id])"


def test_a_filter_of_the_metric_keeps_those_of_the_reader() -> None:
    """A reader who chooses another kind sees nothing, and not the metric's own kind."""
    some = part("plays", "plays", {"plays", "genre"}, "play_date", filter="genre = 'Drama'")
    assert _dax(some) == 'CALCULATE(SUM(plays[plays]), KEEPFILTERS(plays[genre] = "Drama"))'
    flagged = part("plays", "plays", {"plays", "is_new"}, "play_date", filter="is_new")
    assert "KEEPFILTERS(plays[is_new] = TRUE())" in _dax(flagged)


def test_what_is_stored_is_told_for_one_value_alone() -> None:
    """Figures that do not add up are blank in a total."""
    stored = part("plays", "plays", {"plays"}, "play_date", "max", stored_by=("genre", "plan_code"))
    assert _dax(stored) == "IF(HASONEVALUE(plays[genre]) && HASONEVALUE(plays[plan_code]), MAX(plays[plays]))"


def test_a_balance_is_that_of_the_last_day_whatever_else_is_chosen() -> None:
    """A plan that nobody holds on that day has none, and not that of a day before."""
    lines = _dax(replace(PLAYS, at_end=True)).splitlines()
    assert lines == [
        "VAR _LastDay = CALCULATE(MAX(plays[play_date]), REMOVEFILTERS(Titles), REMOVEFILTERS(Plans))",
        "RETURN",
        "    CALCULATE(SUM(plays[plays]), Dates[Date] = _LastDay)",
    ]


def test_a_window_ends_on_the_last_day_that_is_known() -> None:
    """And says nothing of days after it."""
    dax = _dax(Rolling(VIEWERS, 7))
    assert "VAR _LastKnown = CALCULATE(MAX(viewers[view_date]), REMOVEFILTERS())" in dax
    assert "DATESBETWEEN(Dates[Date], _LastDay - 6, _LastDay)" in dax
    assert "IF(MIN(Dates[Date]) <= _LastKnown, " in dax


def test_a_ratio_is_divided_once_and_shares_what_both_sides_need() -> None:
    """Of nothing it is blank, which DIVIDE sees to."""
    dax = _dax(Ratio(Rolling(VIEWERS, 1), Rolling(VIEWERS, 28)))
    assert dax.count("VAR _LastKnown") == 1
    assert dax.endswith("DIVIDE(_Numerator, _Denominator)")
    twice = _dax(Ratio(Ratio(PLAYS, SECONDS), Ratio(SECONDS, PLAYS)))
    assert "VAR _Numerator2 = " in twice


def test_decimals_of_four_places_do_not_cut_a_quotient() -> None:
    """A fixed decimal number divided by a whole one would keep four."""
    assert "DIVIDE(CONVERT(_Numerator, DOUBLE), _Denominator)" in _dax(Ratio(SECONDS, PLAYS))
    assert _dax(SECONDS, 3600) == "DIVIDE(CONVERT(SUM(plays[seconds]), DOUBLE), 3600)"
    assert _dax(PLAYS, 100) == "DIVIDE(SUM(plays[plays]), 100)"


def test_a_formula_names_its_parts() -> None:
    """Each is computed once."""
    made = Derived("all_plays - long_plays", {"all_plays": PLAYS, "long_plays": SECONDS})
    assert _dax(made).splitlines() == [
        "VAR _AllPlays = SUM(plays[plays])",
        "VAR _LongPlays = SUM(plays[seconds])",
        "RETURN",
        "    _AllPlays - _LongPlays",
    ]


def test_a_row_with_two_keys_counts_by_either() -> None:
    """A move counts when the plan before or after it is among the chosen."""
    moves = part("moves", "moves", {"moves"}, "move_date")
    assert _dax(moves) == (
        "IF(ISCROSSFILTERED(Plans), CALCULATE(SUM(moves[moves]), FILTER(moves,"
        " moves[from_plan] IN VALUES(Plans[plan_code]) || moves[to_plan] IN VALUES(Plans[plan_code]))),"
        " SUM(moves[moves]))"
    )
