"""Titles that are long, written from right to left, or look like HTML, Markdown and formulas."""

import csv
import io
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Dashboards, served
from tests.browser.looking import CONTENT_VISUALS, drawing, expect_drawn, visual
from tests.support.cli import Home

LONG = "x" * 10_000
RIGHT_TO_LEFT = "\u202eمسلسل طويل שלום"
MARKUP = "<img src=x onerror=alert(1)> **bold** [link](http://other.example) $x$ :red[a]"
FORMULA = '=HYPERLINK("http://other.example")'
HOSTILE = (LONG, RIGHT_TO_LEFT, MARKUP, FORMULA)
WIDTHS = (1280, 390)
_WIDEST = """
    [document.documentElement, document.querySelector('[data-testid=stMain]') ?? document.body]
        .map(element => element.scrollWidth)
"""
# One screen above the figures is enough to say what a title is called.
_MOST_PIXELS_ABOVE = 900


@pytest.fixture(scope="module")
def hostile(published_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboards]:
    """Serve a copy of the published marts in which the titles that are watched most have such names."""
    home = Home(tmp_path_factory.mktemp("hostile") / "home")
    shutil.copytree(Home(published_home).published, home.published)
    pointer = json.loads((home.published / "current.json").read_text(encoding="utf-8"))
    with duckdb.connect(str(home.published / pointer["file"])) as marts:
        _rename(marts)
    with served(home) as serving:
        yield serving


def _rename(marts: duckdb.DuckDBPyConnection) -> None:
    """Give the titles that are watched most these names, in every mart that knows them."""
    tables = marts.execute(
        "select table_name from information_schema.columns where table_schema = 'marts'"
        " and column_name in ('title', 'content_id') group by table_name having count(*) = 2"
    ).fetchall()
    assert len(tables) > 3
    for title, content_id in zip(HOSTILE, _most_watched(marts), strict=True):
        for (table,) in tables:
            marts.table(f"marts.{table}").update(
                {"title": duckdb.ConstantExpression(title)},
                condition=duckdb.ColumnExpression("content_id") == duckdb.ConstantExpression(content_id),
            )


def _most_watched(marts: duckdb.DuckDBPyConnection) -> list[int]:
    found = marts.execute(
        "select content_id from marts.content_performance order by watch_seconds desc, content_id limit 4"
    )
    return [content_id for (content_id,) in found.fetchall()]


def _expect_harmless(page: Page) -> None:
    """Look whether nothing came to life, and no page is wider than its window."""
    expect(page.locator("main a[href*='other.example'], main img[src='x']")).to_have_count(0)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function(f"Math.max(...{_WIDEST}) <= {width}")


def _spoken(page: Page) -> str:
    """Return what the bars of titles say."""
    bars = drawing(page, "watch-time-by-title").locator("path[aria-label]")
    expect(bars.first).to_be_attached()
    return " ".join(bars.evaluate_all("bars => bars.map(bar => bar.getAttribute('aria-label'))"))


def test_the_page_of_content_shows_them_as_text(hostile: Dashboards, open_page: Callable[..., Page]) -> None:
    """With every visual, on a telephone too."""
    page = open_page(url=hostile.url)
    for key in CONTENT_VISUALS:
        expect_drawn(page, key)
    spoken = _spoken(page)
    assert [title for title in HOSTILE if title not in spoken] == []
    _expect_harmless(page)


@pytest.mark.parametrize("place", range(len(HOSTILE)))
def test_the_page_of_a_title_has_it_as_its_heading(
    place: int, hostile: Dashboards, open_page: Callable[..., Page]
) -> None:
    """The whole of it, and the figures on the first screen below."""
    content_id = hostile.figures(
        "select content_id from marts.content_performance order by watch_seconds desc, content_id limit 4"
    )[place][0]
    page = open_page(f"/title?title={content_id}", url=hostile.url)
    heading = visual(page, "title-head").get_by_role("heading")
    expect(heading).to_be_visible()
    assert (heading.text_content() or "").replace("\u2060", "") == HOSTILE[place]
    expect_drawn(page, "title-abandonment")
    _expect_harmless(page)
    expect_drawn(page, "kpi-title-sessions")
    box = visual(page, "kpi-title-sessions").bounding_box()
    assert box is not None
    assert box["y"] < _MOST_PIXELS_ABOVE


def test_a_snapshot_shows_them_as_text(
    hostile: Dashboards, open_page: Callable[..., Page], tmp_path: Path
) -> None:
    """In its charts, in its table and in its rows, of which no spreadsheet makes formulas."""
    hostile.home.run("dashboard", "export", "--to", str(tmp_path), "--language", "en")
    page = open_page("/content-performance.en.html", url=tmp_path.as_uri())
    expect(page.locator("#titles-table td").filter(has_text=LONG)).to_have_count(1)
    for title in HOSTILE[1:]:
        expect(page.locator("#titles-table").get_by_text(title, exact=True)).to_be_visible()
    expect(page.locator("svg.marks")).to_have_count(7)
    expect(page.locator("main")).not_to_contain_text("Click on")
    _expect_harmless(page)
    text = (tmp_path / "rows" / "titles-table.en.csv").read_text(encoding="utf-8-sig")
    names = {row["Title"] for row in csv.DictReader(io.StringIO(text))}
    assert {LONG, RIGHT_TO_LEFT, MARKUP, f"'{FORMULA}"} <= names
