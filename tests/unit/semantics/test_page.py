"""The page of metrics, written from their definitions."""

from pathlib import Path

import pytest

from streamvision.adapters.semantics.yaml_files import read_metrics
from streamvision.assets import asset
from streamvision.bootstrap import open_metrics
from tests.unit.semantics.definitions import metric, write
from tools.metrics_page import TOPICS, computation, docs_blocks, metrics_page

FOLDER = asset("warehouse") / "models" / "marts" / "metrics"


def test_every_metric_has_its_line_on_the_page() -> None:
    """With its name, in the section of its topic."""
    page = metrics_page(open_metrics(), FOLDER, "a notice")
    sections = dict(zip(TOPICS, page.split("\n## ")[1:], strict=False))
    for name, each in open_metrics().items():
        assert f"| {each.label['en']} (`{name}`) | {each.description['en']}" in sections[each.topic]


def test_the_page_keeps_every_text_beside_the_definitions() -> None:
    """What is written beside them and shown nowhere would be lost."""
    page = metrics_page(open_metrics(), FOLDER, "a notice")
    assert [name for name, text in docs_blocks(FOLDER).items() if text not in page] == []


def test_a_topic_without_a_section_is_an_error(tmp_path: Path) -> None:
    """Its metrics would be on no page."""
    write(tmp_path, metric("plays", "simple", {"measure": "plays"}), name="weather")
    with pytest.raises(ValueError, match=r"no section of the page is for the topics \['weather'\]"):
        metrics_page(read_metrics(tmp_path), FOLDER, "a notice")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("sessions", "`sum(sessions)` in `content_performance_daily`"),
        ("wau", "`count(distinct user_id) over 7 days` in `viewer_days`, never added up"),
        ("mrr", "`sum(mrr_at_end_cents)` in `subscription_balance_daily`, on the last day alone"),
        (
            "rebuffering_ratio",
            "`sum(buffering_seconds) / sum(playing_seconds + buffering_seconds)` in `playback_quality_daily`",
        ),
        ("plan_price", "`monthly_price_cents` in `plans`, one for each `plan_code`, never added up"),
        ("starts", "`sum(events) where movement_type = 'start'` in `subscription_movements`"),
        ("buffered_sessions", "`sum(buffered_sessions)` in `playback_experience_daily`, at one `breakdown`"),
    ],
)
def test_the_page_says_what_becomes_of_several_rows(name: str, said: str) -> None:
    """Whether a figure may be added up is part of its definition."""
    assert computation(open_metrics()[name]) == said
