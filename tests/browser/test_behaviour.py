"""How the pages behave: views that can be sent, clicks that filter, what can be taken away, who can read."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Dashboards
from tests.browser.looking import drawing, expect_bars, expect_figure, visual

OpenPage = Callable[..., Page]
PAGES = ("/", "/subscriptions-engagement", "/title", "/data-health")
SESSIONS = "select sum(sessions)::bigint from marts.content_performance_daily"
PHONE = {"width": 390, "height": 844}


def settled(page: Page) -> None:
    """Wait until the page has drawn all that it draws."""
    expect(page.get_by_test_id("stMain").get_by_role("heading", level=2).first).to_be_visible()
    expect(page.locator("[data-stale='true']")).to_have_count(0)
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)


def chips(page: Page) -> Locator:
    """Return the filters in force, as they stand above the visuals."""
    return visual(page, "in-force").get_by_role("button")


def test_an_address_is_a_view(open_page: OpenPage, dashboards: Dashboards) -> None:
    """With its days, filters and language; what makes no sense in it is named and left out."""
    page = open_page(
        "/?from=2024-02-01&to=2024-04-30&country=US,XX&device=tv&genre=Drama&plan=&lang=fr&title=1"
    )
    where = " where country_code = 'US' and device_type = 'tv' and genre = 'Drama'"
    days = " and performance_date between date '2024-02-01' and date '2024-04-30'"
    expect_figure(page, "sessions", str(dashboards.figure(SESSIONS + where + days)))
    expect(page.get_by_role("heading", name="Performance des contenus", level=2)).to_be_visible()
    expect(visual(page, "refused")).to_contain_text("country=XX")
    expect(chips(page)).to_have_count(4)
    page.get_by_role("link", name="Abonnements et engagement").click()
    expect(page).to_have_url(
        f"{dashboards.url}/subscriptions-engagement"
        "?from=2024-02-01&to=2024-04-30&country=US&genre=Drama&device=tv&lang=fr"
    )


@pytest.mark.parametrize(
    "query", ["from=x&lang=xx", "country=%3Cb%3E**[a](http://other.example)", "plan=" + "9" * 3000]
)
def test_no_address_is_an_error(open_page: OpenPage, dashboards: Dashboards, query: str) -> None:
    """The whole is shown, with a notice in which nothing comes to life."""
    page = open_page(f"/?{query}")
    expect_figure(page, "sessions", f"{dashboards.figure(SESSIONS):,}")
    expect(visual(page, "refused")).to_contain_text(query[:6].partition("=")[0])
    expect(page.locator("main a[href*='other.example'], [data-testid='stMain'] b")).to_have_count(0)


def test_a_click_on_a_bar_filters_and_a_chip_takes_it_away(
    open_page: OpenPage, dashboards: Dashboards
) -> None:
    """On all pages; the way back of the browser brings it back."""
    page = open_page()
    drawing(page, "device-split").locator(".mark-rect path").first.click()
    expect(chips(page)).to_have_count(1)
    (busiest, _), *_others = dashboards.figures(
        "select device_type, sum(sessions) from marts.content_performance_daily group by 1 order by 2 desc"
    )
    of_device = f"{dashboards.figure(f'{SESSIONS} where device_type = $device', device=busiest):,}"
    expect_figure(page, "sessions", of_device)
    expect(page).to_have_url(f"{dashboards.url}/?device={busiest}&lang=en")
    titles = dashboards.figures(
        "select any_value(title) from marts.content_performance_daily where device_type = $device"
        " group by content_id order by sum(watch_seconds) desc, content_id limit 15",
        device=busiest,
    )
    expect_bars(page, "watch-time-by-title", "Title", [title for (title,) in titles])
    shapes = drawing(page, "map-sessions-by-country").element_handle()
    chips(page).click()
    expect_figure(page, "sessions", f"{dashboards.figure(SESSIONS):,}")
    expect(page).to_have_url(f"{dashboards.url}/?lang=en")
    settled(page)
    assert shapes.evaluate("drawn => drawn.isConnected"), "The map was drawn anew, not given other numbers."
    page.go_back()
    expect_figure(page, "sessions", of_device)
    chips(page).click()
    expect_figure(page, "sessions", f"{dashboards.figure(SESSIONS):,}")
    settled(page)
    # The same mark once more: the browser must not think that it is chosen still.
    drawing(page, "device-split").locator(".mark-rect path").first.click()
    expect_figure(page, "sessions", of_device)


def test_rows_and_pictures_can_be_taken_away(
    open_page: OpenPage, dashboards: Dashboards, tmp_path: Path
) -> None:
    """The rows are those of the marts; the definition stands beside them."""
    page = open_page()
    visual(page, "more-device-split").get_by_role("button").click()
    shown = page.get_by_test_id("stPopoverBody")
    expect(shown).to_contain_text("Playbacks that showed their first frame")
    expect(shown).to_contain_text("Formula")
    with page.expect_download() as rows:
        shown.get_by_role("button", name="Rows (CSV)").click()
    assert rows.value.suggested_filename == "device-split.csv"
    rows.value.save_as(tmp_path / "rows.csv")
    text = (tmp_path / "rows.csv").read_text(encoding="utf-8-sig")
    taken = {row["device_type"]: int(row["sessions"]) for row in csv.DictReader(io.StringIO(text))}
    query = "select device_type, sum(sessions)::bigint from marts.content_performance_daily group by 1"
    assert taken == dict(dashboards.figures(query))
    with page.expect_download() as picture:
        shown.get_by_role("button", name="Picture (PNG)").click()
    picture.value.save_as(tmp_path / "picture.png")
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")


def test_a_page_prints_whole(open_page: OpenPage) -> None:
    """On several sheets, without the sidebar: that is the PDF of a page."""
    page = open_page()
    settled(page)
    page.emulate_media(media="print")
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()
    expect(visual(page, "titles-table")).to_be_visible()
    printed = page.pdf(prefer_css_page_size=True)
    assert printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page ") > 1


@pytest.mark.parametrize("path", PAGES)
def test_no_page_keeps_readers_out(open_page: OpenPage, path: str) -> None:
    """Axe finds nothing serious, neither in the light nor in the dark; a telephone scrolls down only."""
    page = open_page(f"{path}?lang=fr")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.reload()
        settled(page)
        expect(page.locator("html")).to_have_attribute("lang", "fr")
        found = Axe().run(page).response["violations"]
        assert [(each["id"], each["nodes"][0]["html"]) for each in found if grave(each["impact"])] == []
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    settled(page)
    widths = (
        "[document.documentElement, document.querySelector('[data-testid=stMain]')].map(e => e.scrollWidth)"
    )
    # Charts take their new width some moments after the page has it.
    page.wait_for_function(f"most => Math.max(...{widths}) <= most", arg=PHONE["width"])


def grave(impact: str) -> bool:
    """Say whether what axe found keeps people out."""
    return impact in {"serious", "critical"}


def test_the_reader_chooses_light_or_dark(open_page: OpenPage) -> None:
    """For all pages, whatever the system says; by the keyboard alone, too."""
    page = open_page()
    settled(page)
    dark = page.get_by_role("button", name="Dark")
    dark.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    settled(page)
    ground = "getComputedStyle(document.querySelector('.stApp')).backgroundColor"
    assert page.evaluate(ground) == "rgb(15, 23, 32)"
    page.goto(page.url.replace("/?", "/subscriptions-engagement?"))
    settled(page)
    assert page.evaluate(ground) == "rgb(15, 23, 32)"
    expect(page.locator("svg.marks text").first).to_have_attribute("fill", "#aebbc7")
