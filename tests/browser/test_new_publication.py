"""What is published while the dashboards run."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Dashboards, served
from tests.browser.looking import expect_figure, visual
from tests.support.cli import Home


@pytest.fixture
def own_dashboards(published_home: Path, tmp_path: Path) -> Iterator[Dashboards]:
    """Serve a copy of the published marts, which a test may change."""
    home = Home(tmp_path / "home")
    shutil.copytree(Home(published_home).published, home.published)
    with served(home) as serving:
        yield serving


def _publish(home: Home, change: Callable[[duckdb.DuckDBPyConnection], object]) -> None:
    """Publish a changed copy as a run does: a new file, then the pointer to it in one rename."""
    pointer = home.published / "current.json"
    document = json.loads(pointer.read_text(encoding="utf-8"))
    file = home.published / "marts-changed.duckdb"
    shutil.copyfile(home.published / document["file"], file)
    with duckdb.connect(str(file)) as connection:
        change(connection)
    unfinished = pointer.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(document | {"file": file.name, "run_id": "changed"}), encoding="utf-8")
    unfinished.replace(pointer)


def test_a_new_publication_shows_without_a_restart(
    own_dashboards: Dashboards, open_page: Callable[..., Page]
) -> None:
    """The next look at the page is at the new state."""
    viewers = "select count(distinct user_id) from marts.viewer_days"
    before = own_dashboards.figure(viewers)
    page = open_page(url=own_dashboards.url)
    expect_figure(page, "unique-viewers", f"{before:,}")
    _publish(
        own_dashboards.home,
        lambda marts: marts.execute("delete from marts.viewer_days where user_id % 2 = 0"),
    )
    after = own_dashboards.figure(viewers)
    assert after != before
    page.reload()
    expect_figure(page, "unique-viewers", f"{after:,}")


def test_without_a_publication_the_page_names_the_command(
    own_dashboards: Dashboards, open_page: Callable[..., Page]
) -> None:
    """Whoever opens it learns what to type."""
    (own_dashboards.home.published / "current.json").unlink()
    page = open_page(url=own_dashboards.url)
    expect(visual(page, "nothing-published")).to_contain_text("Nothing is published yet")
    expect(visual(page, "nothing-published")).to_contain_text("streamvision up --no-serve")
