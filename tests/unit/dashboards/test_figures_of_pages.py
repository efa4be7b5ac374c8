"""How rows become what is drawn on the pages."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest

from streamvision.ports.lineage import Model
from streamvision.ports.run_log import RunRecord, StepRecord
from streamvision.ports.warehouse import QuarantineGroup
from streamvision_web import comparison, figures_content, figures_engagement, figures_health
from streamvision_web.filters import Filters, Reach
from streamvision_web.language import DASH, ENGLISH, FRENCH

MOMENT = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
DAYS = (date(2026, 1, 1), date(2026, 1, 10))


def test_the_days_before_are_as_many_as_are_shown() -> None:
    """They end on the day before the first."""
    before = Filters(*DAYS, countries=("FR",)).before()
    assert (before.first_day, before.last_day) == (date(2025, 12, 22), date(2025, 12, 31))
    assert before.countries == ("FR",)


def test_a_change_says_whether_it_is_for_the_better() -> None:
    """By its sign and its colour; what rounds to nothing is no change."""
    more = comparison.relative(110, 100, ENGLISH, 1)
    assert more is not None
    assert (more.words, more.colour) == ("▲ 10.0%", "blue")
    fewer = comparison.points(0.05, 0.04, FRENCH, -1)
    assert fewer is not None
    assert (fewer.words, fewer.colour) == ("▲ 1,0 pts", "orange")
    same = comparison.difference(7.501, 7.5, ENGLISH, 1)
    assert same is not None
    assert (same.words, same.colour) == ("= 0.00", "gray")


@pytest.mark.parametrize(("now", "before"), [(None, 1.0), (1.0, None), (1.0, 0.0)])
def test_nothing_to_hold_against_is_no_change(now: float | None, before: float | None) -> None:
    """A rise from nothing has no percentage."""
    assert comparison.relative(now, before, ENGLISH) is None


def test_filters_that_a_mart_lacks_are_named() -> None:
    """So that the visual can say so."""
    reach = Reach(day="day", plans=(), genre=None)
    assert reach.missed(Filters(*DAYS, ("FR",), ("basic",), ("Drama",), ("tv",))) == ("plans", "genres")
    assert reach.missed(Filters(*DAYS)) == ()


def test_the_curve_falls_from_all_plays_to_those_that_ended_last() -> None:
    """A percent at which nobody left keeps the share of the one before."""
    rows = pa.table({"percent": [0, 50, 100], "chosen": [1, 2, 1], "everything": [1, 2, 1]})
    drawn = figures_content.reached(rows, {"chosen": "Title"}, ENGLISH).to_pylist()
    shares = {round(row["across"] * 100): row["value"] for row in drawn}
    assert len(drawn) == 101
    assert (shares[0], shares[1], shares[50], shares[51], shares[100]) == (1, 0.75, 0.75, 0.25, 0.25)


def test_a_title_without_plays_has_no_curve() -> None:
    """Beside that of all titles."""
    rows = pa.table({"percent": [3], "chosen": [0], "everything": [4]})
    words = {"chosen": "Title", "everything": "All"}
    assert set(figures_content.reached(rows, words, ENGLISH)["series"].to_pylist()) == {"All"}


def test_names_stand_at_the_ends_and_not_upon_one_another() -> None:
    """Titles with few ratings are left out."""
    row = {"title": "", "sessions": 10, "ratings": 5, "valid_sessions": 5}
    corners = [(0.1, 9.0), (0.9, 1.0), (0.11, 9.05), (0.5, 5.0), (0.5, 5.1)]
    rows = [
        row | {"content_id": number, "title": f"T{number}", "completion_rate": across, "average_rating": up}
        for number, (across, up) in enumerate(corners)
    ]
    rows.append(rows[0] | {"content_id": 99, "title": "Rare", "completion_rate": 0.0, "ratings": 1})
    drawn = figures_content.rated_titles(pa.Table.from_pylist(rows), ENGLISH).to_pylist()
    assert [each["title"] for each in drawn] == ["T0", "T1", "T2", "T3", "T4"]
    named = {each["name"] for each in drawn} - {""}
    assert "T1" in named
    assert len(named & {"T0", "T2"}) == 1
    assert {each["title"]: each["to_left"] for each in drawn}["T1"]


@pytest.mark.parametrize(
    ("drawn", "ends"),
    [
        ([(0.62, 6.5), (0.98, 9.9)], ((0.6, 1.0), (6, 10))),
        ([(0.7, 10.0)], ((0.65, 0.75), (9, 10))),
        ([(1.0, 1.0)], ((0.95, 1.0), (1, 2))),
    ],
)
def test_axes_end_where_rates_and_scores_end(
    drawn: list[tuple[float, float]], ends: tuple[tuple[float, float], tuple[float, float]]
) -> None:
    """A single title does not lie on an edge where there is room."""
    rows = pa.table(
        {"completion_rate": [rate for rate, _ in drawn], "average_rating": [score for _, score in drawn]}
    )
    across, up = figures_content.ends(rows)
    assert across == pytest.approx(ends[0])
    assert up == ends[1]


def test_of_many_titles_few_have_names() -> None:
    """The rest say theirs when they are pointed at."""
    row = {"sessions": 10, "ratings": 5, "valid_sessions": 5}
    rows = [
        row
        | {
            "content_id": number,
            "title": f"T{number}",
            "completion_rate": (number * 37 % 1000) / 1000,
            "average_rating": 1 + 9 * (number * 61 % 997) / 997,
        }
        for number in range(2_000)
    ]
    drawn = figures_content.rated_titles(pa.Table.from_pylist(rows), ENGLISH).to_pylist()
    assert len(drawn) == len(rows)
    assert 1 < len([each for each in drawn if each["name"]]) <= 5


def test_shares_of_resolutions_make_one_in_each_period() -> None:
    """Whatever their number."""
    rows = pa.table(
        {
            "period": ["2026-01-01", "2026-01-01", "2026-02-01"],
            "resolution": ["SD", "HD", "8K"],
            "playing_seconds": [1, 3, 5],
            "sessions": [1, 1, 1],
        }
    )
    drawn = figures_engagement.resolution_split(rows, ENGLISH, "month").to_pylist()
    assert [(row["period"], row["value"]) for row in drawn] == [
        ("Jan 2026", 0.25), ("Jan 2026", 0.75), ("Feb 2026", 1.0),
    ]  # fmt: skip
    assert list(figures_engagement.resolution_colours(["8K", "HD", "SD"])) == ["SD", "HD", "8K"]


def test_a_calendar_has_weeks_that_begin_on_monday() -> None:
    """New year's day of 2026 is a Thursday."""
    days = [(date(2026, 1, 1) + timedelta(days=number)).isoformat() for number in range(6)]
    rows = pa.table({"day": days, "dau": [1, 2, 3, 4, 5, 6]})
    drawn = figures_engagement.calendar(rows, ENGLISH).to_pylist()
    assert [(row["week"], row["down"]) for row in drawn][3:5] == [
        ("2025-12-29", "Sun"),
        ("2026-01-05", "Mon"),
    ]
    means = figures_engagement.by_weekday(rows, ENGLISH).to_pylist()
    assert [row["label"] for row in means] == [
        "Monday", "Tuesday", "Thursday", "Friday", "Saturday", "Sunday",
    ]  # fmt: skip


def test_cohorts_mark_what_is_not_over() -> None:
    """The colours' ends leave out the cohort's own period, in which all are there."""
    rows = pa.table(
        {
            "cohort": ["2026-01-01"] * 3,
            "periods_since": [0, 1, 2],
            "members": [4, 4, 4],
            "kept": [4, 2, 1],
            "rate": [1.0, 0.5, 0.25],
            "is_whole": [True, True, False],
        }
    )
    ends = figures_engagement.ends_of(rows)
    assert ends == (0.25, 0.5)
    drawn = figures_engagement.cohorts(rows, ENGLISH, "month", ends).to_pylist()
    assert [row["written"] for row in drawn] == ["100%", "50%", "25%*"]
    assert {row["down"] for row in drawn} == {"Jan\u00a02026 (4)"}
    assert [row["strong"] for row in drawn] == [True, True, False]


def test_the_matrix_has_a_row_and_a_column_for_every_plan() -> None:
    """Also for those that did not move, and for one that is not known any more."""
    rows = pa.table({"from_plan": ["a", "", "old"], "to_plan": ["a", "b", ""], "events": [3, 1, 2]})
    drawn = figures_engagement.matrix(rows, ENGLISH, {"a": "A", "b": "B"}).to_pylist()
    cells = {(row["down"], row["across"]): row["value"] for row in drawn}
    assert cells["A", "A"] == 3
    assert cells["B", "A"] == 0
    assert cells[ENGLISH.text("no_plan_before"), "B"] == 1
    assert cells["old", ENGLISH.text("no_plan_after")] == 2
    assert {row["share"] for row in drawn if row["down"] == "B"} == {DASH}


def test_columns_of_the_waterfall_hang_on_one_another() -> None:
    """Each begins where the one before ended, and the last stands on the ground."""
    totals = dict(
        zip(figures_engagement.MRR_STEPS, map(Decimal, (500, 100, 0, 0, 50, 30, 20, 500)), strict=True)
    )
    words = {"level": "Level", "rise": "Rise", "fall": "Fall"}
    drawn = figures_engagement.waterfall(totals, ENGLISH, words).to_pylist()
    assert [(row["low"], row["high"], row["end"]) for row in drawn] == [
        (0, 5, 5), (5, 6, 6), (6, 6, 6), (6, 6, 6), (5.5, 6, 5.5), (5.2, 5.5, 5.2), (5, 5.2, 5), (0, 5, 5),
    ]  # fmt: skip
    assert [row["kind"] for row in drawn][0:2] == ["Level", "Rise"]
    assert drawn[1]["written"] == "+1.00"


@pytest.mark.parametrize(
    ("chosen", "only"),
    [
        (Filters(*DAYS), None),
        (Filters(*DAYS, countries=("FR",)), ("country", "FR")),
        (Filters(*DAYS, devices=("tv",)), ("device", "tv")),
        (Filters(*DAYS, countries=("FR", "US")), None),
        (Filters(*DAYS, countries=("FR",), genres=("Drama",)), None),
    ],
)
def test_one_value_of_one_filter_is_an_only_choice(chosen: Filters, only: tuple[str, str] | None) -> None:
    """For which windows are stored; for any other choice they are not."""
    assert figures_engagement.only_choice(chosen) == only


def test_durations_come_by_run_and_step() -> None:
    """The oldest run first; runs of one minute stay apart, and a step at work has no duration."""
    step = StepRecord("load", MOMENT, MOMENT + timedelta(seconds=5))
    first = RunRecord("a", "run", "2026-01-01", "done", MOMENT, steps=(step,))
    second = RunRecord("b", "run", "", "running", MOMENT, steps=(step, StepRecord("transform", MOMENT)))
    rows = figures_health.durations([second, first], ENGLISH).to_pylist()
    assert [(row["run"], row["period"], row["value"]) for row in rows] == [
        ("a", "02/01 03:04", 5.0), ("b", "02/01 03:04 #2", 5.0),
    ]  # fmt: skip


def test_quarantine_is_told_by_rule_and_number_alone() -> None:
    """A reason may name a value of somebody's row."""
    groups = [
        QuarantineGroup("2026-01-01", "users", "email", "a@example.org is none", 2),
        QuarantineGroup("2026-01-02", "users", "email", "b@example.org is none", 1),
        QuarantineGroup("2026-01-02", "users", "email", "c@example.org is none", 4, "dropped", "d1"),
    ]
    rows = figures_health.quarantine(groups).to_pylist()
    assert rows == [
        {"table": "users", "rule": "email", "status": "dropped", "rows": 4},
        {"table": "users", "rule": "email", "status": "open", "rows": 3},
    ]


MODELS = (
    Model("stg", "staging", sources=(("raw", "users"),)),
    Model("int_a", "staging", models=("stg",)),
    Model("dim", "core", models=("int_a",)),
    Model("mart", "marts", models=("dim",)),
    Model("other", "marts"),
)


def test_lineage_goes_from_tables_to_marts() -> None:
    """What is between staging and core is a layer of its own."""
    nodes, edges = figures_health.lineage(MODELS)
    assert {node["name"]: node["layer"] for node in nodes} == {
        "raw.users": "source", "stg": "staging", "int_a": "intermediate", "dim": "core", "mart": "marts",
        "other": "marts",
    }  # fmt: skip
    assert ("raw.users", "stg") in edges


def test_a_chosen_model_is_shown_with_what_it_comes_from_and_what_comes_from_it() -> None:
    """And nothing else."""
    nodes, edges = figures_health.lineage(MODELS, "dim")
    assert {node["name"] for node in nodes} == {"raw.users", "stg", "int_a", "dim", "mart"}
    assert len(edges) == 4


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (None, DASH),
        (5.04, "5.0\u00a0s"),
        (119, "2\u00a0min"),
        (3700, "1\u00a0h 2\u00a0min"),
        (90000, "1\u00a0d 1\u00a0h"),
        (86400, "1\u00a0d"),
    ],
)
def test_durations_are_written_in_two_units(seconds: float | None, written: str) -> None:
    """The largest that are not zero."""
    assert ENGLISH.duration(seconds) == written
    assert FRENCH.duration(90000) == "1\u00a0j 1\u00a0h"


@pytest.mark.parametrize(
    ("cents", "written"),
    [(None, DASH), (Decimal(79900), "799.00"), (Decimal("123456789.5"), "1,234,568"), (0, "0.00")],
)
def test_amounts_are_written_in_whole_units(cents: Decimal | None, written: str) -> None:
    """With decimals where they are small."""
    assert ENGLISH.money(cents) == written
