"""Metrics as the semantic layer defines them, held against what the marts store."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

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
        Grain(
            {"playback_date": DAY},
            asked="{{ Dimension('playback_experience_daily_row__breakdown') }} = 'all'",
        )
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


def pairs() -> dict[tuple[str, str], dict[str, Metric]]:
    """Return the metrics by the mart that they are computed from and one that stores them."""
    found: dict[tuple[str, str], dict[str, Metric]] = {}
    for name, metric in open_metrics().items():
        for stored in metric.stored:
            if (name, stored) not in NOT_AT_ONE_GRAIN:
                found.setdefault((metric.aggregates[0].mart, stored.mart), {})[name] = metric
    return found


def grains(layer: SemanticLayer, computed_from: str, stored_in: str) -> list[Grain]:
    """Return at which grains the figures of one mart can be held against those of another, or its own."""
    dimensions = layer.dimensions(computed_from)
    if stored_in == computed_from:
        return [Grain({column: dimensions[column] for column in key_of(stored_in) if column in dimensions})]
    return [
        replace(grain, columns={column: dimensions.get(name, name) for column, name in grain.columns.items()})
        for grain in GRAINS[computed_from, stored_in]
    ]


def key_of(mart: str) -> list[str]:
    """Return the columns that name a row of a mart, according to its tests."""
    path = asset(f"warehouse/models/marts/{mart}.yml")
    (model,) = yaml.safe_load(path.read_text(encoding="utf-8"))["models"]
    tests = [test for test in model.get("data_tests", ()) if "unique_combination" in test]
    if tests:
        return list(tests[0]["unique_combination"]["arguments"]["columns"])
    return [column["name"] for column in model["columns"] if "unique" in column.get("data_tests", ())]


def held_figures(layer: SemanticLayer, metrics: Mapping[str, Metric], mart: str, grain: Grain) -> Figures:
    """Return what a mart holds of metrics at a grain; only what may be added up is."""
    adds_up = any(map(is_sum, metrics.values()))
    values = [f"{_held(metric, mart, adds_up=adds_up)} as {name}" for name, metric in metrics.items()]
    return layer.read(
        f"select {', '.join([*grain.columns, *values])} from marts.{mart}"  # noqa: S608 - ours
        f" where {grain.where}{' group by all' if adds_up and grain.columns else ''}",
        list(grain.columns),
        list(metrics),
    )


def _held(metric: Metric, mart: str, *, adds_up: bool) -> str:
    column = next(stored.column for stored in metric.stored if stored.mart == mart)
    condition = metric.aggregates[0].filter
    chosen = f"case when {condition} then {column} end" if condition else column
    return f"sum({chosen})" if adds_up else chosen


def is_sum(metric: Metric) -> bool:
    """Tell whether what is stored of a metric may be added up."""
    return isinstance(metric.expression, Aggregate) and metric.expression.aggregation == "sum"


def computed_figures(layer: SemanticLayer, metrics: Sequence[str], mart: str, grain: Grain) -> Figures:
    """Return what MetricFlow computes at a grain, up to the last day that the mart is of."""
    figures = layer.ask(metrics, list(grain.columns.values()), grain.asked)
    for place, (column, name) in enumerate(grain.columns.items()):
        if name.startswith("metric_time"):
            last = layer.value(f"select max({column}) from marts.{mart}")  # noqa: S608 - ours
            figures = {
                metric: {key: value for key, value in values.items() if key[place] <= last}
                for metric, values in figures.items()
            }
    return figures


def without_nothing(values: Mapping[tuple[Any, ...], Any]) -> dict[tuple[Any, ...], float]:
    """Leave out what is 0 or unknown: some marts have rows for it, and others have not."""
    return {key: float(value) for key, value in values.items() if value}


@pytest.fixture(scope="module")
def layer(published_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SemanticLayer]:
    """Give the semantic layer over the marts of the published home."""
    folder = Home(published_home).published
    pointer = json.loads((folder / "current.json").read_text(encoding="utf-8"))
    opened = SemanticLayer(folder / pointer["file"], tmp_path_factory.mktemp("dbt"))
    yield opened
    opened.close()


def test_dbt_knows_the_metrics_that_are_read_without_it(layer: SemanticLayer) -> None:
    """What the dashboards read from the files is what dbt has made of them."""
    assert layer.names() == set(open_metrics())


def test_every_metric_is_held_against_something() -> None:
    """Each is stored somewhere at a grain that can be asked for, or has an independent figure."""
    compared = {name for metrics in pairs().values() for name in metrics}
    assert compared | INDEPENDENT.keys() == set(open_metrics())


@pytest.mark.parametrize(("computed_from", "stored_in"), sorted(pairs()))
def test_metrics_are_what_the_marts_store(layer: SemanticLayer, computed_from: str, stored_in: str) -> None:
    """Computed from their definitions, at the grain of what is stored, they are the same."""
    metrics = pairs()[computed_from, stored_in]
    for grain in grains(layer, computed_from, stored_in):
        for kind in (True, False):
            alike = {name: metric for name, metric in metrics.items() if is_sum(metric) is kind}
            if alike:
                held = held_figures(layer, alike, stored_in, grain)
                computed = computed_figures(layer, list(alike), stored_in, grain)
                for name in alike:
                    expected = without_nothing(held[name])
                    assert held[name], name
                    assert without_nothing(computed[name]) == pytest.approx(expected, rel=1e-9), name


@pytest.mark.parametrize("name", sorted(INDEPENDENT))
def test_a_metric_of_all_rows_is_the_independent_figure(layer: SemanticLayer, name: str) -> None:
    """Of all days together, it is what the facts, or the rows of the marts, say."""
    (value,) = layer.ask([name])[name].values()
    assert float(value or 0) == pytest.approx(float(layer.value(INDEPENDENT[name])), rel=1e-9)
