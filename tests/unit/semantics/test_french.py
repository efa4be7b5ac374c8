"""The French of the metrics."""

import re
from collections.abc import Iterator

import pytest

from streamvision.bootstrap import open_metrics
from streamvision.domain.metric import Metric

METRICS = open_metrics()
# What French and English call by the same short word.
COMMON = {"ARPU", "MRR", "Sessions", "sessions"}


def words(metric: Metric) -> Iterator[tuple[str, str]]:
    """Yield what readers read of a metric, in English and in French."""
    parts = (metric.label, metric.description, metric.formula, metric.grain, metric.unit, metric.edge_cases)
    yield from ((part["en"], part["fr"]) for part in parts)


@pytest.mark.parametrize("name", METRICS)
def test_the_french_of_a_metric_is_not_its_english(name: str) -> None:
    """In any of its parts; where there is nothing to say, nothing is said in both."""
    for english, french in words(METRICS[name]):
        assert bool(english) == bool(french)
        assert english != french or french in COMMON | {""}


@pytest.mark.parametrize("name", METRICS)
def test_french_is_set_as_the_french_set_it(name: str) -> None:
    """A space before tall marks and percent signs, a decimal comma, curved apostrophes."""
    for _, french in words(METRICS[name]):
        assert not re.search(r"[^\s][:;?!%]", french), french
        assert not re.search(r"\d\.\d", french), french
        assert not re.search(r"\w'\w", french), french


@pytest.mark.parametrize("name", METRICS)
def test_names_of_columns_and_variables_stay_as_they_are(name: str) -> None:
    """Readers look them up; what has an underscore is one."""
    for english, french in words(METRICS[name]):
        assert set(re.findall(r"\w*_\w*", french)) == set(re.findall(r"\w*_\w*", english))
