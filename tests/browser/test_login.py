"""Whoever looks from elsewhere logs in first."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Dashboards, served
from tests.browser.looking import visual
from tests.support.cli import Home
from tests.support.oidc import CLIENT_ID, CLIENT_SECRET, Provider, provider

ANNA, BOB = "anna@example.org", "bob@other.example"
_JOINER = "\u2060"
"""Not seen; with it, an address does not become a link."""
VIEW = "/subscriptions-engagement?device=tv&lang=fr"


@pytest.fixture
def known() -> Iterator[Provider]:
    """Run a provider that lets Anna in."""
    with provider(email=ANNA, email_verified=True) as running:
        yield running


@pytest.fixture
def with_login(published_home: Path, tmp_path: Path, known: Provider) -> Iterator[Dashboards]:
    """Serve a copy of the published marts to those of one domain."""
    told = {
        "STREAMVISION_LOGIN_METADATA_URL": known.metadata_url,
        "STREAMVISION_LOGIN_CLIENT_ID": CLIENT_ID,
        "STREAMVISION_LOGIN_CLIENT_SECRET": CLIENT_SECRET,
        "STREAMVISION_LOGIN_ALLOW": "@example.org",
    }
    home = Home(tmp_path / "home", told)
    shutil.copytree(Home(published_home).published, home.published)
    with served(home) as serving:
        yield serving


def test_a_login_leads_to_the_view_that_was_asked_for(
    with_login: Dashboards, known: Provider, open_page: Callable[..., Page]
) -> None:
    """Before it, no figure is shown; after it, none to those who are not allowed."""
    page = open_page(VIEW, url=with_login.url)
    expect(page.get_by_role("heading", name="Veuillez vous connecter")).to_be_visible()
    expect(page.get_by_test_id("stMetricValue")).to_have_count(0)
    page.get_by_role("button", name="Se connecter").click()
    expect(page.get_by_role("heading", name="Abonnements et engagement", level=2)).to_be_visible()
    expect(visual(page, "in-force")).to_contain_text("Appareil : Télévision")
    expect(visual(page, "login")).to_contain_text(ANNA.replace("@", f"@{_JOINER}"))
    page.get_by_role("button", name="Se déconnecter").click()
    expect(page.get_by_test_id("stMetricValue")).to_have_count(0)
    known.user["email"] = BOB
    page.get_by_role("button", name="Log in").or_(page.get_by_role("button", name="Se connecter")).click()
    expect(visual(page, "not-admitted")).to_contain_text(BOB)
    expect(page.get_by_test_id("stMetricValue")).to_have_count(0)
