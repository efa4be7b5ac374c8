"""The page with the models, as `streamvision docs` serves it."""

import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.cli import AT_EASE, Home, wait_until


@pytest.fixture(scope="module")
def catalogue(published_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Serve the catalogue of the published home; return where, and the page that was written."""
    folder = tmp_path_factory.mktemp("catalogue")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with Home(published_home).running("docs", "--port", str(port), "--to", str(folder)) as process:
        wait_until(lambda: (folder / "index.html").exists() or process.poll() is not None, AT_EASE)
        assert process.poll() is None, "the command ended before it served anything"
        yield f"http://127.0.0.1:{port}", folder / "index.html"
        process.terminate()
        wait_until(lambda: process.poll() is not None, AT_EASE)


def test_the_catalogue_tells_of_columns_tests_and_lineage(
    catalogue: tuple[str, Path], open_page: Callable[..., Page]
) -> None:
    """A mart with what it is made from, a source with its columns, and no other host is asked."""
    page = open_page("/#!/model/model.streamvision.content_performance", url=catalogue[0])
    expect(page.get_by_role("heading", name="content_performance")).to_be_visible()
    expect(page.get_by_text("How each title that ever was in the catalogue does").first).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("content_id.*BIGINT.*Key of the title"))).to_be_visible()
    for name in ("fct_ratings", "dim_content"):
        expect(page.get_by_role("link", name=name, exact=True).first).to_be_attached()
    page.get_by_title("View lineage graph").click()
    expect(page.locator("canvas").first).to_be_visible()
    page.goto(f"{catalogue[0]}/#!/source/source.streamvision.app.ratings")
    expect(page.get_by_role("row", name=re.compile("rated_at.*TIMESTAMP WITH TIME ZONE"))).to_be_visible()


def test_the_page_is_one_file_that_may_be_passed_on(
    catalogue: tuple[str, Path], open_page: Callable[..., Page], published_home: Path
) -> None:
    """All is in it: nothing else is fetched, and no folder of this machine is named."""
    text = catalogue[1].read_text(encoding="utf-8")
    for folder in (published_home, Path(__file__).parents[2], catalogue[1].parent):
        assert str(folder) not in text
    page = open_page("/#!/overview", url=catalogue[0])
    expect(page.get_by_role("heading", name="StreamVision")).to_be_visible()
    assert page.evaluate("performance.getEntriesByType('resource').length") == 0
