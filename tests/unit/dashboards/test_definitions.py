"""Metrics as the dashboards name and write them."""

import pytest

from streamvision.domain.errors import DefinitionError
from streamvision_web.definitions import metric
from streamvision_web.language import DASH, ENGLISH, FRENCH, Language


def test_a_metric_is_named_in_the_readers_language() -> None:
    """By the key of a text or the name of a metric; its explanation too."""
    assert ENGLISH.text("unique_viewers") == metric("unique_viewers").label["en"]
    assert FRENCH.text("unique_viewers") == metric("unique_viewers").label["fr"]
    assert FRENCH.explanation("dau") == metric("dau").description["fr"]
    assert ENGLISH.text("filters") == "Filters"


def test_a_metric_that_does_not_exist_is_an_error() -> None:
    """Rather than a visual without a name."""
    with pytest.raises(DefinitionError, match="No metric is named sesions"):
        metric("sesions")


@pytest.mark.parametrize(
    ("name", "value", "language", "written"),
    [
        ("sessions", 1234, ENGLISH, "1,234"),
        ("completion_rate", 0.6543, ENGLISH, "65.4%"),
        ("rebuffering_ratio", 0.00412, FRENCH, "0,41\u202f%"),
        ("watch_time", 7200, ENGLISH, "2.0\u00a0h"),
        ("mrr", 12_345, FRENCH, "123,45"),
        ("average_rating", 8.346, ENGLISH, "8.35 / 10"),
        ("startup_time_p95", 2340, ENGLISH, "2,340\u00a0ms"),
        ("average_time_to_play", 41.26, ENGLISH, "41.3\u00a0s"),
        ("rebuffering_frequency", 0.126, ENGLISH, "0.13"),
        ("stickiness", None, ENGLISH, DASH),
    ],
)
def test_a_value_is_written_as_its_metric_says(
    name: str, value: float | None, language: Language, written: str
) -> None:
    """In the language's own digits; what is not known is a dash."""
    assert language.written(name, value) == written
