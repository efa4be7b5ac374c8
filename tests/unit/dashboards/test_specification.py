"""Charts as the browser gets them."""

import pyarrow as pa

from streamvision_web import charts
from streamvision_web.language import ENGLISH
from streamvision_web.markdown import plain
from streamvision_web.specification import PICKED, Pick, specification
from streamvision_web.themes import paint

ROWS = pa.table({"label": ["white"], "value": [1], "written": ["1"], "code": ["tv"]})


def test_a_click_on_a_bar_chooses_its_code() -> None:
    """The numbers beside the bars are no marks to click."""
    chart = charts.bars(ROWS, ENGLISH, axis="Sessions", tooltip={})
    drawn = specification(chart, Pick("devices", "code"))
    (parameter,) = drawn["params"]
    assert parameter["name"] == PICKED
    assert parameter["select"]["fields"] == ["code"]
    assert parameter["views"] == [drawn["layer"][0]["name"]]


def test_dark_pages_get_other_colours_and_the_same_rows() -> None:
    """A title that is called like a colour stays."""
    drawn = specification(charts.bars(ROWS, ENGLISH, axis="Sessions", tooltip={}))
    dark = paint(drawn, "dark")
    assert paint(drawn, "light") == drawn
    assert dark["datasets"] == drawn["datasets"]
    assert dark["config"]["axis"]["labelColor"] != drawn["config"]["axis"]["labelColor"]


def test_markdown_shows_text_letter_by_letter() -> None:
    """Nothing in it becomes a link, a picture, a formula or a line of its own."""
    assert plain("[x](y)\n# $1$ :red[<b>]") == r"\[x\]\(y\) \# \$1\$ \:red\[\<b\>\]"


def test_markdown_makes_no_link_of_what_looks_like_an_address() -> None:
    """A joiner that is not seen stands in it."""
    assert plain("http://a") == "http\\:\u2060//a"
    assert plain("WWW.a") == "WWW\u2060\\.a"
    assert plain("a@b") == "a\\@\u2060b"
