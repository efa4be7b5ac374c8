"""The metrics of a run, and the same rules of alerts in Prometheus's language."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from streamvision.domain.alert import AlertLimits
from streamvision.pipeline.watch.alerts import judged, rules
from streamvision.pipeline.watch.metrics import METRICS, samples_of
from streamvision.pipeline.watch.prometheus_rules import prometheus_rules
from streamvision.ports.monitor import Figures, Sample
from streamvision.ports.run_log import RunRecord
from streamvision.ports.warehouse import Outcome, TableAccount
from tests.fakes.monitoring import DAY, NOW, account, run
from tests.support.promql import Series, firing

LIMITS = AlertLimits()
ROOT = Path(__file__).parents[3]
FIGURES = Figures("production", NOW, [run()], [account(rows=100, quarantined=3)], log_bytes=77)


def values(samples: Iterable[Sample]) -> dict[str, float]:
    """Return samples as a file of Prometheus shows them, without the profile."""
    found = {}
    for sample in samples:
        assert sample.labels[0] == ("profile", "production")
        labels = ",".join(f"{name}={value}" for name, value in sample.labels[1:])
        found[f"{sample.name}{{{labels}}}".removesuffix("{}").removeprefix("streamvision_")] = sample.value
    return found


def test_a_run_is_told_in_figures() -> None:
    """Rows and bytes by table, how long each step took, how it ended, and how the source's log stands."""
    found = values(samples_of(FIGURES, LIMITS))
    assert (
        found
        | {
            "last_run_failed": 0.0,
            "last_run_timestamp_seconds": NOW.timestamp(),
            "last_success_timestamp_seconds": NOW.timestamp(),
            "run_duration_seconds": 240.0,
            "step_duration_seconds{step=load}": 60.0,
            "step_attempts{step=load}": 1,
            "step_failed{step=load}": 0.0,
            "run_rows{table=plays,kind=extracted}": 1000,
            "run_rows{table=plays,kind=loaded}": 990,
            "run_rows{table=plays,kind=quarantined}": 10,
            "run_bytes{table=plays}": 8000,
            "batch_rows{table=plays,kind=extracted}": 100,
            "batch_rows{table=plays,kind=loaded}": 97,
            "batch_rows{table=plays,kind=quarantined}": 3,
            "batch_bytes{table=plays}": 800,
            "source_log_retained_bytes": 77,
        }
        == found
    )


def test_after_a_failure_the_last_success_stands() -> None:
    """It is what tells for how long nothing new came; the step that failed is named."""
    failed = run("r-2", "failed", NOW, steps=("extract", "load"))
    earlier = NOW - timedelta(days=1)
    found = values(samples_of(replace(FIGURES, runs=[failed, run(ended=earlier)]), LIMITS))
    assert found["last_success_timestamp_seconds"] == earlier.timestamp()
    assert (found["last_run_failed"], found["step_failed{step=load}"]) == (1.0, 1.0)
    assert found["step_failed{step=extract}"] == 0.0


def test_what_is_not_known_is_left_out() -> None:
    """A nought would be a lie, and a graph would show it."""
    empty = values(samples_of(Figures("production", NOW, [], None), LIMITS))
    assert empty == {}
    found = values(samples_of(replace(FIGURES, accounts=None, log_bytes=None), LIMITS))
    assert not [name for name in found if name.startswith(("batch_", "newest_", "source_"))]


def test_every_sample_is_of_a_metric_with_a_help() -> None:
    """Each metric has its labels in one order, and no sample comes twice."""
    samples = samples_of(a_busy_week(), LIMITS)
    assert {sample.name for sample in samples} == METRICS.keys()
    names: dict[str, list[str]] = {}
    for sample in samples:
        labels = [name for name, _ in sample.labels]
        assert names.setdefault(sample.name, labels) == labels
    assert len({(sample.name, sample.labels) for sample in samples}) == len(samples)


def a_busy_week() -> Figures:
    """Return figures in which there is something to be said of everything."""
    saturdays = [account(DAY - timedelta(days=days), mode="snapshot") for days in range(0, 63, 7)]
    outcomes = [Outcome("b", "plays", "freshness of started_at", "1", "2", holds=True)]
    return replace(FIGURES, accounts=saturdays[::-1], outcomes=outcomes)


def prometheus(limits: AlertLimits) -> list[dict[str, Any]]:
    """Return the rules as Prometheus reads them."""
    document = yaml.safe_load(prometheus_rules(limits, "A test."))
    (group,) = document["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


def test_the_file_of_rules_is_that_of_the_usual_limits() -> None:
    """What people load into Prometheus says what `alerts list` says."""
    text = (ROOT / "infra" / "monitoring" / "streamvision.rules.yml").read_text(encoding="utf-8")
    head, _, body = text.partition("groups:")
    assert "make generate" in head
    assert body == prometheus_rules(LIMITS, "").partition("groups:")[2]


def test_each_rule_stands_in_the_file_once() -> None:
    """Under its name, with what it is about."""
    found = prometheus(LIMITS)
    assert [each["labels"]["rule"] for each in found] == [rule.name for rule in rules(LIMITS)]
    assert len({each["alert"] for each in found}) == len(found)
    for each in found:
        assert "{{ $labels.profile }}" in each["annotations"]["summary"]


_DAYS = st.integers(0, 70).map(lambda days: DAY - timedelta(days=days))


def _account(day: date, table: str, rows: int, share: float) -> TableAccount:
    return account(day, table, rows, quarantined=round(rows * share), mode="snapshot")


_ACCOUNTS = st.lists(
    st.builds(
        _account,
        _DAYS,
        st.sampled_from(["plays", "users"]),
        st.integers(0, 2000),
        st.sampled_from([0.0, 0.004, 0.05, 0.06, 1.0]),
    ),
    max_size=40,
    unique_by=lambda each: (each.batch_id, each.table),
)
_RUNS = st.lists(
    st.builds(
        lambda number, hours, published, failed: run(
            f"r-{number}",
            "failed" if failed else "done",
            NOW - timedelta(hours=hours),
            ("extract", "load", "transform", "publish") if published else ("extract", "load"),
        ),
        st.integers(0, 999),
        st.integers(0, 60),
        st.booleans(),
        st.booleans(),
    ),
    max_size=4,
).map(lambda runs: sorted(runs, key=lambda each: each.started_at, reverse=True))
_OUTCOMES = st.lists(
    st.builds(
        lambda table, holds: Outcome("b", table, "freshness of a", "1", "2", holds=holds),
        st.sampled_from(["plays", "users"]),
        st.booleans(),
    ),
    unique_by=lambda each: each.table,
    max_size=2,
)
_LIMITS = st.builds(
    AlertLimits,
    no_run_hours=st.integers(1, 50),
    max_age_hours=st.integers(1, 100),
    quarantine_share=st.sampled_from([0.0, 0.05, 0.5]),
    quarantine_rows=st.integers(1, 100),
    volume_least_weeks=st.integers(1, 4),
    volume_tolerance=st.sampled_from([0.0, 0.3]),
    volume_rows=st.sampled_from([0, 20]),
)


@given(_RUNS, _ACCOUNTS, _OUTCOMES, _LIMITS)
def test_prometheus_fires_where_the_command_does(
    runs: list[RunRecord], accounts: list[TableAccount], outcomes: list[Outcome], limits: AlertLimits
) -> None:
    """Every rule, for every table, whatever the history: by an evaluator of its own over the metrics."""
    figures = Figures("production", NOW, runs, accounts, outcomes)
    series = [Series(each.name, frozenset(each.labels), each.value) for each in samples_of(figures, limits)]
    for rule in prometheus(limits):
        verdicts = [each for each in judged(figures, limits) if each.rule == rule["labels"]["rule"]]
        expected = {each.table for each in verdicts if each.is_firing}
        found = firing(rule["expr"], series, NOW.timestamp())
        assert {dict(labels).get("table", "") for labels in found} == expected, rule["alert"]
