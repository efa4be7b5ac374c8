"""Reading metrics from the files in which they are defined."""

from pathlib import Path
from typing import Any

import pytest

from streamvision.adapters.semantics.yaml_files import read_metrics
from streamvision.domain.errors import DefinitionError
from streamvision.domain.metric import Aggregate, Derived, Ratio, Rolling, Source, Stored
from tests.unit.semantics.definitions import metric, write

PLAYS = Aggregate("plays", "plays", frozenset({"plays"}), "sum", day="play_date")
VIEWERS = Aggregate("plays", "user_id", frozenset({"user_id"}), "count_distinct", day="play_date")
HOURS = Aggregate("plays", "seconds / 3600.0", frozenset({"seconds"}), "sum", day="play_date")


def test_a_simple_metric_aggregates_its_measure(tmp_path: Path) -> None:
    """With the mart, the column and the day of the semantic model."""
    write(tmp_path, metric("plays", "simple", {"measure": "plays"}))
    assert read_metrics(tmp_path)["plays"].expression == PLAYS


def test_a_filter_names_columns_of_the_mart(tmp_path: Path) -> None:
    """MetricFlow's name of a dimension becomes the column; words in quotes are no columns."""
    condition = (
        "{{ Dimension('plays_row__device') }} = 'tv' and not {{ Dimension('plays_row__device') }} is null"
    )
    write(tmp_path, metric("tv", "simple", {"measure": {"name": "plays"}}, filter=condition))
    (aggregate,) = read_metrics(tmp_path)["tv"].aggregates
    assert aggregate.filter == "device = 'tv' and not device is null"
    assert aggregate.columns == {"plays", "device"}


def test_a_cumulative_metric_looks_back_over_its_window(tmp_path: Path) -> None:
    """A distinct count is counted anew over the days, and never added up."""
    window = {"measure": "viewers", "cumulative_type_params": {"window": "7 days"}}
    write(tmp_path, metric("wau", "cumulative", window))
    assert read_metrics(tmp_path)["wau"].expression == Rolling(VIEWERS, 7)


def test_a_ratio_is_made_of_metrics_and_of_mere_parts(tmp_path: Path) -> None:
    """A measure that dbt makes a metric of by itself has no definition, and can be divided by."""
    write(
        tmp_path,
        metric("plays", "simple", {"measure": "plays"}),
        metric("plays_per_hour", "ratio", {"numerator": "plays", "denominator": {"name": "hours"}}),
    )
    metrics = read_metrics(tmp_path)
    assert metrics["plays_per_hour"].expression == Ratio(PLAYS, HOURS)
    assert metrics["plays_per_hour"].aggregates == (PLAYS, HOURS)
    assert "hours" not in metrics


def test_a_derived_metric_keeps_its_formula_and_what_it_names(tmp_path: Path) -> None:
    """Its inputs are expressions themselves."""
    write(
        tmp_path,
        metric("plays", "simple", {"measure": "plays"}),
        metric("doubled", "derived", {"expr": "2 * plays", "metrics": ["plays"]}),
    )
    doubled = read_metrics(tmp_path)["doubled"]
    assert doubled.expression == Derived("2 * plays", {"plays": PLAYS})
    assert doubled.aggregates == (PLAYS,)


def test_what_cannot_be_added_up_says_so(tmp_path: Path) -> None:
    """A balance counts on its last day; a percentile is read for what it is stored for, and has no day."""
    write(
        tmp_path,
        metric("payers", "simple", {"measure": "payers"}),
        metric("start", "simple", {"measure": "median_start"}),
        metric("plays", "simple", {"measure": "plays"}),
    )
    found = {name: each.aggregates[0] for name, each in read_metrics(tmp_path).items()}
    assert (found["payers"].at_end, found["payers"].day, found["payers"].is_read) == (
        True,
        "balance_date",
        False,
    )
    assert (found["start"].stored_by, found["start"].day, found["start"].is_read) == (("title_id",), "", True)
    assert not found["plays"].is_read


def test_a_definition_is_kept_in_both_languages(tmp_path: Path) -> None:
    """With where it is stored, who published it, and how it is written; a file's first word is the topic."""
    document = metric("plays", "simple", {"measure": "plays"})
    document["config"]["meta"] |= {
        "stored": ["plays.plays"],
        "edge_cases": "None known.",
        "format": "percent",
    }
    document["config"]["meta"]["fr"]["edge_cases"] = "Aucun."
    write(tmp_path, document, name="audience_growth")
    plays = read_metrics(tmp_path)["plays"]
    assert plays.label == {"en": "Plays", "fr": "plays en français"}
    assert plays.description["en"] == "What plays is."
    assert plays.formula == {"en": "the formula of plays", "fr": "la formule de plays"}
    assert (plays.grain, plays.unit) == ({"en": "day", "fr": "jour"}, {"en": "things", "fr": "choses"})
    assert plays.edge_cases == {"en": "None known.", "fr": "Aucun."}
    assert plays.source == Source({"en": "ours", "fr": "la nôtre"})
    assert plays.topic == "audience"
    assert plays.stored == (Stored("plays", "plays"),)
    assert (plays.format, plays.decimals) == ("percent", 1)


def test_there_may_be_no_edge_cases(tmp_path: Path) -> None:
    """In neither language."""
    plays = read_metrics(write(tmp_path, metric("plays", "simple", {"measure": "plays"})))["plays"]
    assert plays.edge_cases == {"en": "", "fr": ""}


def test_a_publication_keeps_its_name(tmp_path: Path) -> None:
    """Unless the French has another for it."""
    plays, other = (metric(name, "simple", {"measure": "plays"}) for name in ("plays", "other"))
    for document in (plays, other):
        document["config"]["meta"]["source"] = {"name": "After Somebody", "url": "https://example.org"}
    del plays["config"]["meta"]["fr"]["source"]
    other["config"]["meta"]["fr"]["source"] = "D’après Somebody"  # noqa: RUF001 - French
    found = read_metrics(write(tmp_path, plays, other))
    assert [found[name].source.text["fr"] for name in ("plays", "other")] == [
        "After Somebody",
        "D’après Somebody",  # noqa: RUF001 - French
    ]
    assert found["plays"].source.url == "https://example.org"


def _without(field: str) -> dict[str, Any]:
    document = metric("plays", "simple", {"measure": "plays"})
    del document["config"]["meta"][field]
    return document


def _without_french(field: str) -> dict[str, Any]:
    document = metric("plays", "simple", {"measure": "plays"})
    del document["config"]["meta"]["fr"][field]
    return document


def _with_french(**french: object) -> dict[str, Any]:
    document = metric("plays", "simple", {"measure": "plays"})
    document["config"]["meta"]["fr"] |= french
    return document


def _with(**meta: object) -> dict[str, Any]:
    document = metric("plays", "simple", {"measure": "plays"})
    document["config"]["meta"] |= meta
    return document


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (_without("fr"), "there is no 'fr'"),
        (_without("source"), "there is no 'source'"),
        *(
            (_without_french(field), f"there is no '{field}' in fr")
            for field in ("label", "description", "formula", "grain", "unit", "source")
        ),
        (_with_french(unit=7), "7 is not a text"),
        (_with(edge_cases="Some."), "its 'edge_cases' are in one language alone, and not in fr"),
        (_with_french(edge_cases="Un."), "its 'edge_cases' are in one language alone, and not in en"),
        (_with(format="guess"), "the format 'guess' is not one of"),
        (_with(unit=7), "7 is not a text"),
        (_with(stored=["plays"]), "'plays' does not name a mart and its column"),
        (metric("plays", "simple", {"measure": "nowhere"}), "there is no 'nowhere'"),
        (metric("plays", "conversion", {}), "of the unknown type 'conversion'"),
        (metric("plays", "derived", {"expr": "plays", "metrics": ["plays"]}), "plays is made of itself"),
        (
            metric(
                "plays", "cumulative", {"measure": "viewers", "cumulative_type_params": {"window": "1 month"}}
            ),
            "the window '1 month' is not one of days",
        ),
    ],
)
def test_what_is_wrong_with_a_definition_is_told(
    tmp_path: Path, document: dict[str, Any], reason: str
) -> None:
    """With the metric's name and its file."""
    with pytest.raises(DefinitionError, match="The metric plays cannot be understood") as caught:
        read_metrics(write(tmp_path, document))
    assert reason in str(caught.value)
    assert caught.value.where == str(tmp_path / "audience.yml")


def test_a_name_is_given_once(tmp_path: Path) -> None:
    """Also over several files."""
    plays = metric("plays", "simple", {"measure": "plays"})
    write(tmp_path, plays)
    write(tmp_path, plays, name="content")
    with pytest.raises(DefinitionError, match="plays is defined twice"):
        read_metrics(tmp_path)


@pytest.mark.parametrize("text", ["metrics: [", "- just\n- a list\n"])
def test_a_file_that_holds_no_definitions_is_named(tmp_path: Path, text: str) -> None:
    """Be it that it is no YAML, or no mapping."""
    (tmp_path / "audience.yml").write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionError) as caught:
        read_metrics(tmp_path)
    assert caught.value.where == str(tmp_path / "audience.yml")


def test_no_metrics_at_all_are_an_error(tmp_path: Path) -> None:
    """A dashboard without names would be worse."""
    with pytest.raises(DefinitionError, match="There are no metrics"):
        read_metrics(tmp_path)
