"""The page of drawings, and the page of the documentation that says the same in words."""

import re
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from streamvision.pipeline.simulate.behaviour import Behaviour, parameters
from streamvision.pipeline.simulate.drawing import bars, ranks
from streamvision.pipeline.simulate.report import report_page, value_text
from streamvision.pipeline.simulate.step import PRESETS, SimulationSpec

DOCUMENTED = Path(__file__).parents[3] / "docs" / "reference" / "simulated-service.md"


@pytest.fixture(scope="module")
def page() -> str:
    """Draw the page once."""
    return report_page(SimulationSpec(PRESETS["small"], seed=42, until=date(2026, 11, 22)))


def test_the_page_asks_no_other_host(page: str) -> None:
    """It loads nothing: no script, no style sheet, no picture; sources are named as text."""
    assert not re.search(r"<(script|link|img|iframe|object)\b|\b(src|href)=|@import|url\(", page)


def test_the_page_shows_every_behaviour_and_every_parameter(page: str) -> None:
    """There is a drawing for each kind of behaviour, and each is well-formed and has a name."""
    drawings = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    names = {ET.fromstring(each).attrib["aria-label"] for each in drawings}  # noqa: S314 - our own text
    assert len(names) == len(drawings) == 16
    for each in parameters(Behaviour()):
        assert f"<code>{each.name}</code>" in page


def test_bars_are_as_high_as_their_values() -> None:
    """The highest value fills the drawing, half of it half."""
    root = ET.fromstring(bars("Title", "", ["a", "b"], [4.0, 2.0], [4.0, 1.0]).svg)  # noqa: S314 - our own
    heights = [float(each.attrib["height"]) for each in root.iter("rect")]
    assert heights[0] == pytest.approx(2 * heights[1], abs=0.2)
    dots = [float(each.attrib["cy"]) for each in root.iter("circle")]
    assert dots[0] < dots[1]


def test_a_drawing_of_nothing_is_still_a_drawing() -> None:
    """No value, or values of 0, divide nothing by 0."""
    assert "<svg" in bars("Title", "", [], []).svg
    assert "<svg" in bars("Title", "", ["a"], [0.0]).svg
    assert "<svg" in ranks("Title", "", [1.0], [1.0]).svg


def test_text_cannot_break_out_of_a_drawing() -> None:
    """What looks like markup is shown as it is."""
    root = ET.fromstring(bars('<b>"', "", ["</text><x>"], [1.0]).svg)  # noqa: S314 - our own text
    assert [each.text for each in root.iter("text")][-1] == "</text><x>"


def test_the_documentation_has_every_parameter_with_its_default_and_source() -> None:
    """The table in the documentation is the one that follows from the code."""
    text = DOCUMENTED.read_text(encoding="utf-8")
    for each in parameters(Behaviour()):
        row = f"| `{each.name}` | {value_text(each)} | {each.meaning} | {each.source} |"
        assert row in text, row
