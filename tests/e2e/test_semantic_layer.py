"""Metrics as the semantic layer defines them, held against what the marts store."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from streamvision.assets import asset
from streamvision.bootstrap import open_metrics
from streamvision.domain.metric import Aggregate, Metric, Stored
from tests.e2e.semantic_layer import Figures, SemanticLayer
from tests.support.cli import Home


@dataclass(frozen=True)
class Grain:
    """Say at which grain one mart's figures are those that another stores.

    Attributes:
        columns: of the mart that stores them, each with MetricFlow's name for it, or with the column of the
            mart that they are computed from.
        where: which rows of the mart that stores them.
        asked: which rows of the mart that they are computed from.

    """

    columns: Mapping[str, str] = field(default_factory=dict)
    where: str = "true"
    asked: str = ""


def periods(of: Mapping[str, str]) -> list[Grain]:
    """Return the grains of a mart by week and by month."""
    return [
        Grain({"period_start_date": f"metric_time__{kind}", **of}, f"period_type = '{kind}'")
        for kind in ("week", "month")
    ]


def breakdowns(day: str, value: str, columns: Mapping[str, str]) -> list[Grain]:
    """Return the grains of a mart by day and breakdown, one for each kind of breakdown."""
    return [
        Grain({day: "metric_time__day", value: column}, f"breakdown = '{kind}'")
        for kind, column in columns.items()
    ]


DAY = "metric_time__day"
SESSION = {"country_code": "country_code", "device_type": "device_type", "plan_code": "plan_code"}
OF_DAY = Grain({"playback_date": DAY}, "breakdown = 'all'")
GRAINS: Mapping[tuple[str, str], list[Grain]] = {
    ("content_performance_daily", "content_performance"): [Grain({"content_id": "content_id"})],
    ("content_performance_daily", "playback_quality_daily"): [
        Grain({"playback_date": DAY, "genre": "genre", **SESSION})
    ],
    ("content_performance_daily", "playback_experience_daily"): [
        OF_DAY,
        *breakdowns(
            "playback_date", "member", {"device": SESSION["device_type"], "country": SESSION["country_code"]}
        ),
    ],
    ("content_performance_daily", "viewer_days"): [Grain({"viewing_date": DAY, "genre": "genre", **SESSION})],
    ("content_performance_daily", "originals_performance"): periods({"is_original": "content__is_original"}),
    ("content_performance_daily", "title_rankings"): periods({"content_id": "content_id"}),
    ("content_performance_daily", "genre_rankings"): periods({"genre": "genre"}),
    ("content_performance_daily", "catalogue_coverage"): periods({}),
    ("content_ratings_daily", "content_performance"): [Grain({"content_id": "content_id"})],
    ("viewer_days", "daily_active_users"): [Grain({"activity_date": DAY})],
    ("viewer_days", "active_viewers_daily"): breakdowns(
        "activity_date",
        "breakdown_value",
        {"country": "country_code", "plan": "plan_code", "device": "device_type", "genre": "genre"},
    ),
    ("playback_quality_daily", "playback_experience_daily"): [
        OF_DAY,
        *breakdowns(
            "playback_date",
            "member",
            {"device": "device_type", "country": "country_code", "resolution": "resolution"},
        ),
    ],
    ("playback_quality_daily", "playback_errors_daily"): [
        Grain({"playback_date": DAY, "country_code": "country_code", "device_type": "device_type"})
    ],
    ("playback_experience_daily", "playback_errors_daily"): [
        Grain({"playback_date": DAY}, asked="{{ Dimension('playback_experience_daily_row__breakdown') }} = 'all'")
    ],
    ("subscription_balance_daily", "plan_subscribers_daily"): [
        Grain({"balance_date": DAY, "country_code": "country_code"})
    ],
    ("search_performance_daily", "search_terms"): [Grain()],
}

NOT_AT_ONE_GRAIN = {
    # Of all time in one mart, by week and month in the other.
    ("title_viewers", Stored("title_rankings", "unique_viewers")),
    # By what was typed, which is in no other mart.
    ("zero_result_rate", Stored("search_terms", "zero_result_rate")),
    ("search_success_rate", Stored("search_terms", "success_rate")),
}

INDEPENDENT = {
    "unique_viewers": "select count(distinct user_id) from core.fct_viewing_sessions where is_play",
    "average_dau": "select avg(dau) from marts.daily_active_users",
    "playback_errors": "select count(*) from core.fct_viewing_sessions where error_code is not null",
    "starts_and_reactivations": "select count(*) from core.fct_subscription_events"
    " where event_type in ('start', 'reactivation')",
    "churned_payers": "select sum(voluntarily_churned_payers + involuntarily_churned_payers)"
    " from marts.subscription_balance_daily",
    "churn_mrr": "select sum(voluntary_churn_mrr_cents + involuntary_churn_mrr_cents)"
    " from marts.subscription_balance_daily",
    "catalogue_gaps": "select count(*) from marts.search_terms"
    " where is_catalogue_gap and search_term is not null",
    "playback_outliers": "select count(*) from marts.playback_outliers",
    # What is held at the end of a day is never added up over days.
    "mrr": "select sum(mrr_at_end_cents) from marts.subscription_balance_daily"
    " where balance_date = (select max(balance_date) from marts.subscription_balance_daily)",
    "subscribers": "select count(distinct user_id) from core.dim_users where is_current and is_active",
    # Ratios of sums, and no means of ratios.
    "rebuffering_ratio": "select sum(buffering_seconds)::double / sum(watch_seconds + buffering_seconds)"
    " from core.fct_viewing_sessions",
    "completion_rate": "select avg(completion_rate) from core.fct_viewing_sessions where is_valid_play",
    "average_rating": "select avg(score) from core.fct_ratings",
}


def grains(layer: SemanticLayer, metric: Metric, stored: Stored) -> list[Grain]:
    """Return at which grains a metric can be held against a column."""
    computed_from = metric.aggregates[0]
    dimensions = layer.dimensions(computed_from.mart)
    if stored.mart == computed_from.mart:
        columns = {column: dimensions[column] for column in key_of(stored.mart) if column in dimensions}
        return [Grain(columns, computed_from.filter or "true")]
    return [
        Grain(
            {column: dimensions.get(name, name) for column, name in grain.columns.items()},
            grain.where,
            grain.asked,
        )
        for grain in GRAINS[computed_from.mart, stored.mart]
    ]


def key_of(mart: str) -> list[str]:
    """Return the columns that name a row of a mart, according to its tests."""
    path = asset(f"warehouse/models/marts/{mart}.yml")
    (model,) = yaml.safe_load(path.read_text(encoding="utf-8"))["models"]
    tests = [test for test in model.get("data_tests", ()) if "unique_combination" in test]
    if tests:
        return list(tests[0]["unique_combination"]["arguments"]["columns"])
    return [column["name"] for column in model["columns"] if "unique" in column.get("data_tests", ())]


def held_figures(layer: SemanticLayer, metric: Metric, stored: Stored, grain: Grain) -> Figures:
    """Return what a column holds at a grain; only what may be added up is."""
    expression = metric.expression
    adds_up = isinstance(expression, Aggregate) and expression.aggregation == "sum"
    column = f"sum({stored.column})" if adds_up else stored.column
    figures = layer.read(
        f"select {', '.join([*grain.columns, f'{column} as held'])} from marts.{stored.mart}"  # noqa: S608 - ours
        f" where {grain.where}{' group by all' if adds_up and grain.columns else ''}",
        [*grain.columns, "held"],
    )
    return without_nothing(figures)


def computed_figures(layer: SemanticLayer, metric: Metric, stored: Stored, grain: Grain) -> Figures:
    """Return what MetricFlow computes at a grain, up to the last day that the column is of."""
    figures = without_nothing(layer.ask(metric.name, list(grain.columns.values()), grain.asked))
    for place, (column, name) in enumerate(grain.columns.items()):
        if name.startswith("metric_time"):
            last = layer.value(f"select max({column}) from marts.{stored.mart}")  # noqa: S608 - ours
            figures = {key: value for key, value in figures.items() if key[place] <= last}
    return figures


def without_nothing(figures: Figures) -> Figures:
    """Leave out what is 0 or unknown: some marts have rows for it, and others have not."""
    return {key: float(value) for key, value in figures.items() if value}


@pytest.fixture(scope="module")
def layer(published_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SemanticLayer]:
    """Give the semantic layer over the marts of the published home."""
    (published,) = Home(published_home).published.glob("*.duckdb")
    opened = SemanticLayer(published, tmp_path_factory.mktemp("dbt"))
    yield opened
    opened.close()


def test_dbt_knows_the_metrics_that_are_read_without_it(layer: SemanticLayer) -> None:
    """What the dashboards read from the files is what dbt has made of them."""
    assert layer.names() == set(open_metrics())


@pytest.mark.parametrize("name", sorted(open_metrics()))
def test_a_metric_is_what_the_marts_store(layer: SemanticLayer, name: str) -> None:
    """For each column that holds it: computed from the definition, at the column's grain, it is the same."""
    metric = open_metrics()[name]
    columns = [each for each in metric.stored if (name, each) not in NOT_AT_ONE_GRAIN]
    assert columns or name in INDEPENDENT
    for stored in columns:
        for grain in grains(layer, metric, stored):
            held = held_figures(layer, metric, stored, grain)
            assert held
            assert computed_figures(layer, metric, stored, grain) == {
                key: pytest.approx(value, rel=1e-9) for key, value in held.items()
            }


@pytest.mark.parametrize("name", sorted(INDEPENDENT))
def test_a_metric_without_a_filter_is_the_figure_of_all_rows(layer: SemanticLayer, name: str) -> None:
    """Of all days together, it is what the facts, or the rows of the marts, say."""
    ((value,),) = [layer.ask(name).values()]
    assert float(value) == pytest.approx(float(layer.value(INDEPENDENT[name])), rel=1e-9)
