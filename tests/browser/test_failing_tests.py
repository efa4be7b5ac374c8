"""The page to which the message of a failed run leads."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import Page, expect

from streamvision.pipeline.notify.messages import FAILURES_PAGE
from tests.browser.conftest import Dashboards, served
from tests.browser.looking import visual
from tests.support.cli import Home

PERSONAL = "somebody@example.org"


@pytest.fixture
def own_dashboards(published_home: Path, tmp_path: Path) -> Iterator[Dashboards]:
    """Serve a copy of the published marts, beside which a test may let a build fail."""
    home = Home(tmp_path / "home")
    shutil.copytree(Home(published_home).published, home.published)
    with served(home) as serving:
        yield serving


def test_the_link_of_a_message_leads_to_the_tests_that_failed(
    own_dashboards: Dashboards, open_page: Callable[..., Page]
) -> None:
    """With the command that shows the rows, and without the rows themselves; the menu leads there too."""
    page = open_page(f"/{FAILURES_PAGE}", url=own_dashboards.url)
    expect(page.get_by_role("heading", name="Data health", level=2)).to_be_visible()
    expect(page.get_by_text("No test of the data failed in the last build.")).to_be_visible()
    with duckdb.connect(str(own_dashboards.home.published / "building.duckdb")) as connection:
        connection.execute("create schema failures")
        connection.execute(f"create table failures.mail_is_known as select '{PERSONAL}' as email")
    page.reload()
    frame = visual(page, "failing-tests")
    expect(frame.get_by_text("streamvision failures show mail_is_known --profile local")).to_be_visible()
    assert PERSONAL not in page.content()
    expect(page.get_by_role("link", name="Data health")).to_have_count(1)
