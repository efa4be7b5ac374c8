"""The dashboards as a folder of files."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.support.cli import Home


class Links(HTMLParser):
    """Gather what a page refers to."""

    def __init__(self) -> None:
        """Begin without any."""
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the addresses of a tag."""
        del tag
        self.found += [value for name, value in attrs if name in {"href", "src", "action", "data"} and value]


@pytest.fixture(scope="module")
def snapshot(published_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the snapshot of the published home."""
    folder = tmp_path_factory.mktemp("snapshot")
    told = Home(published_home).run("dashboard", "export", "--to", str(folder), "--format", "json").document
    assert told["pages"][0] == str(folder / "index.html")
    return folder


def test_a_snapshot_holds_all_that_it_refers_to(snapshot: Path) -> None:
    """No page of it leads to another host, or to a file that is not there."""
    for page in snapshot.glob("*.html"):
        links = Links()
        links.feed(page.read_text(encoding="utf-8"))
        assert links.found
        assert [link for link in links.found if not (snapshot / link).is_file()] == []


def test_a_snapshot_shows_both_pages_in_both_languages(snapshot: Path) -> None:
    """With the figures, charts, definitions and rows of the dashboards."""
    pages = {name: (snapshot / name).read_text(encoding="utf-8") for name in map(str, _names())}
    assert 'id="kpi-unique-viewers"' in pages["content-performance.en.html"]
    assert "Performance des contenus" in pages["content-performance.fr.html"]
    for text in pages.values():
        assert len(re.findall(r'<div class="chart">', text)) > 5
        assert "Formul" in text
    rows = (snapshot / "rows" / "device-split.en.csv").read_text(encoding="utf-8-sig")
    assert rows.startswith("device_type,sessions")


def _names() -> list[str]:
    pages = ("content-performance", "subscriptions-engagement")
    return [f"{page}.{code}.html" for page in pages for code in ("en", "fr")]
