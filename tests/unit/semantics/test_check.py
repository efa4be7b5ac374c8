"""The check that metrics, marts and dashboards agree."""

from dataclasses import replace
from pathlib import Path

import pytest

from streamvision.adapters.semantics.yaml_files import read_metrics
from streamvision.domain.metric import Metric, Ratio, Stored
from tests.unit.semantics.definitions import metric, write
from tools.check_metrics import (
    Mart,
    missing_words,
    problems,
    read_marts,
    repeated_texts,
    same_labels,
    unknown_names,
    unlike_translations,
    wrong_columns,
    wrongly_added_up,
)

ROOT = Path(__file__).resolve().parents[3]
MARTS = {
    "plays": Mart(frozenset({"plays", "play_date", "user_id", "seconds"}), (frozenset({"play_date"}),)),
    "titles": Mart(frozenset({"title_id", "start_p50"}), (frozenset({"title_id"}),)),
}


@pytest.fixture
def plays(tmp_path: Path) -> Metric:
    """Give a metric that agrees with its mart."""
    write(tmp_path, metric("plays", "simple", {"measure": "plays"}))
    return read_metrics(tmp_path)["plays"]


@pytest.fixture
def median(tmp_path: Path) -> Metric:
    """Give a metric that is read as it is stored."""
    write(tmp_path, metric("median", "simple", {"measure": "median_start"}))
    return read_metrics(tmp_path)["median"]


def test_the_repository_agrees_with_itself() -> None:
    """Every metric has its columns and words, and the dashboards name those that exist."""
    assert list(problems(ROOT)) == []


def test_columns_are_those_of_the_mart(plays: Metric) -> None:
    """Those that it is computed from, and those that hold it."""
    assert list(wrong_columns(plays, MARTS)) == []
    elsewhere = replace(plays, stored=(Stored("plays", "lost"), Stored("nowhere", "plays")))
    assert list(wrong_columns(elsewhere, MARTS)) == [
        "plays: there is no mart nowhere",
        "plays: plays has no column lost",
    ]
    without = {"plays": Mart(frozenset({"plays"}), ())}
    assert list(wrong_columns(plays, without)) == ["plays: plays has no column play_date"]


def test_both_parts_of_a_ratio_are_stored(plays: Metric, median: Metric) -> None:
    """A numerator or denominator that no mart has is told."""
    ratio = replace(plays, name="ratio", expression=Ratio(plays.expression, median.expression))
    assert list(wrong_columns(ratio, {"plays": MARTS["plays"]})) == [
        "ratio: there is no mart titles",
        "ratio: there is no mart titles",
    ]


def test_what_is_read_as_it_is_stored_is_in_one_row(plays: Metric, median: Metric) -> None:
    """A percentile of several rows would be taken together, and mean nothing."""
    assert list(wrongly_added_up(median, MARTS)) == []
    several = {"titles": Mart(MARTS["titles"].columns, (frozenset({"title_id", "country_code"}),))}
    assert list(wrongly_added_up(median, several)) == ["median: titles has several rows for one title_id"]
    assert list(wrongly_added_up(plays, several)) == []


def test_a_definition_says_everything_in_both_languages(plays: Metric) -> None:
    """Nothing is empty, and the French is not the English."""
    assert list(missing_words(plays)) == []
    silent = replace(
        plays,
        label={"en": "Plays", "fr": ""},
        formula={"en": "", "fr": "somme"},
        grain={"en": "day"},
        edge_cases={"en": "Some.", "fr": ""},
    )
    assert list(missing_words(silent)) == [
        "plays: no label in fr",
        "plays: no formula in en",
        "plays: no grain in fr",
        "plays: no edge cases in fr",
    ]


@pytest.mark.parametrize("part", ["label", "description", "formula", "grain", "unit", "edge_cases"])
def test_the_french_is_not_the_english(plays: Metric, part: str) -> None:
    """Words that both languages have apart."""
    said = part.replace("_", " ")
    untranslated = replace(plays, **{part: {"en": "Same.", "fr": "Same."}})  # type: ignore[arg-type] # words
    assert list(missing_words(untranslated)) == [f"plays: the {said} in fr is the English one"]
    common = replace(plays, **{part: {"en": "sessions", "fr": "sessions"}})  # type: ignore[arg-type] # words
    assert list(missing_words(common)) == []


def test_a_grain_or_a_unit_has_one_translation(plays: Metric, median: Metric) -> None:
    """Readers would take two for different ones."""
    assert list(unlike_translations([plays, median])) == []
    otherwise = replace(median, grain={"en": "day", "fr": "journée"}, unit={"en": "things", "fr": "objets"})
    assert list(unlike_translations([plays, otherwise])) == [
        "median: the grain is called otherwise in fr than that of plays",
        "median: the unit is called otherwise in fr than that of plays",
    ]


def test_no_two_metrics_are_called_the_same(plays: Metric, median: Metric) -> None:
    """In any language, capitals apart."""
    assert list(same_labels([plays, median])) == []
    alike = replace(median, label={"en": "PLAYS", "fr": "Autre"})
    assert list(same_labels([plays, alike])) == ["median: plays has the same label in en"]


def test_dashboards_do_not_say_what_a_definition_says(plays: Metric) -> None:
    """Neither under the metric's name, nor in the same words."""
    texts = {
        "en": {"plays": "Something", "help": "What plays is.", "other": "Other"},
        "fr": {"other": "Autre"},
    }
    assert list(repeated_texts(texts, {"plays": plays})) == [
        "the text plays in en repeats the definition of the metric plays",
        "the text help in en repeats the definition of the metric plays",
    ]


@pytest.mark.parametrize(
    ("code", "unknown"),
    [
        ("view.text('sessions')", []),
        ("view.text('sesions')", [(1, "sesions")]),
        ("view.language.explanation('sesions')", [(1, "sesions")]),
        ("metric('sesions')", [(1, "sesions")]),
        ("view.figure('a-key', 1.0,\n name='sesions')", [(2, "sesions")]),
        ("view.visual('a-key', title, metrics=['sessions', 'sesions'])", [(1, "sesions")]),
        ("view.visual('a-key', title, metrics=('sessions',))", []),
        ("changed_figure(view, 'a-key', 1.0, metric='sesions')", [(1, "sesions")]),
        ("view.text(f'page_{name}')", []),
        ("other('sesions', name='sesions')", []),
    ],
)
def test_dashboards_name_what_exists(code: str, unknown: list[tuple[int, str]]) -> None:
    """What is worked out at run time is left to the tests of the pages."""
    assert list(unknown_names(code, ["sessions"])) == unknown


def test_a_mart_is_read_with_its_keys(tmp_path: Path) -> None:
    """From a test of several columns, or of one."""
    write_mart(tmp_path)
    assert read_marts(tmp_path) == {
        "plays": Mart(
            frozenset({"play_date", "device", "play_id"}),
            (frozenset({"play_date", "device"}), frozenset({"play_id"})),
        )
    }


def write_mart(folder: Path) -> None:
    """Write the description of a mart as dbt has it."""
    text = """
models:
  - name: plays
    data_tests:
      - unique_combination: {arguments: {columns: [play_date, device]}}
      - holds: {arguments: {condition: true}}
    columns:
      - {name: play_date}
      - {name: device}
      - {name: play_id, data_tests: [unique, not_null]}
"""
    (folder / "plays.yml").write_text(text, encoding="utf-8")
