"""How a reader looks at the dashboards and uses them."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress

from playwright.sync_api import Error, Locator, Page, expect

CONTENT_VISUALS = (
    "kpi-unique-viewers", "kpi-sessions", "kpi-watch-time", "kpi-completion-rate", "kpi-average-rating",
    "map-sessions-by-country", "watch-time-by-genre", "watch-time-by-title", "device-split",
    "completion-against-rating", "long-tail", "abandonment", "titles-table",
)  # fmt: skip
ENGAGEMENT_VISUALS = (
    "kpi-rebuffering-ratio", "kpi-average-dau", "kpi-mrr", "kpi-churn-rate", "kpi-joined", "kpi-cancelled",
    "rebuffering-trend", "rebuffering-worst", "resolution-split", "active-users", "weekday-pattern",
    "weekday-means", "viewer-retention", "mrr-waterfall", "plan-transitions", "transition-matrix",
    "movements-over-time", "churn-by-plan", "payer-cohorts",
)  # fmt: skip
TITLE_VISUALS = (
    "kpi-title-sessions", "kpi-title-watch-time", "kpi-title-completion-rate", "kpi-title-average-rating",
    "kpi-title-viewers", "title-by-day", "title-countries", "title-devices", "title-abandonment",
    "title-scores",
)  # fmt: skip
HEALTH_VISUALS = (
    "kpi-last-run", "kpi-freshness", "kpi-published", "kpi-accounted", "kpi-failed-tests", "rows-accounted",
    "step-durations", "last-runs", "lineage",
)  # fmt: skip

_TABLES = {"titles-table", "rows-accounted", "last-runs"}
# Until a run of the page has ended, a chart that another takes the place of stays below it, marked as stale.
_FRESH = "[data-testid='stElementContainer']:not([data-stale='true'])"
_FROM_ABOVE = """([selector, name]) =>
    [...document.querySelectorAll(selector)]
        .map(bar => [bar.getBoundingClientRect().y, `; ${bar.getAttribute('aria-label')}; `])
        .sort(([one], [other]) => one - other)
        .map(([, spoken]) => (spoken.split(`; ${name}: `)[1] ?? '').split('; ')[0])
"""


def visual(page: Page, key: str) -> Locator:
    """Return one visual by the name that stays."""
    return page.locator(f".st-key-{key}")


def drawing(page: Page, key: str) -> Locator:
    """Return what is drawn in a visual, without what a run of the page that goes on will take away."""
    return visual(page, key).locator(f"{_FRESH} svg.marks")


def expect_drawn(page: Page, key: str) -> None:
    """Wait until a visual shows its figure, its table or the marks of its chart."""
    framed = visual(page, key)
    if key.startswith("kpi-"):
        expect(framed.get_by_test_id("stMetricValue")).to_be_visible()
    elif key in _TABLES:
        expect(framed.get_by_test_id("stDataFrame")).to_be_visible()
    else:
        expect(drawing(page, key).first).to_be_visible()


def marks(page: Page, key: str, kind: str = "bar") -> list[dict[str, str]]:
    """Return what the marks of a kind say to a screen reader: value by name, in the order drawn."""
    drawn = drawing(page, key).locator(f'[aria-roledescription="{kind}"]')
    expect(drawn.first).to_be_attached()
    spoken: list[str] = drawn.evaluate_all("all => all.map(one => one.getAttribute('aria-label'))")
    return [dict(part.split(": ", 1) for part in each.split("; ") if ": " in part) for each in spoken]


def expect_bars(page: Page, key: str, name: str, values: Sequence[str]) -> None:
    """Wait until bars say these values under a name to a screen reader, from the uppermost down."""
    drawn = f".st-key-{key} {_FRESH} svg.marks [aria-roledescription='bar']"
    with suppress(Error):  # so that what there is instead is told
        page.wait_for_function(
            f"asked => '' + ({_FROM_ABOVE})(asked) === '' + asked[2]", arg=[drawn, name, values]
        )
    assert page.evaluate(_FROM_ABOVE, [drawn, name]) == values


def expect_figure(page: Page, key: str, written: str) -> None:
    """Wait until a big figure reads so."""
    value = visual(page, f"kpi-{key}").get_by_test_id("stMetricValue")
    expect(value).to_have_text(written)


def choose(page: Page, name: str, *labels: str) -> None:
    """Choose values of a filter: `countries`, `plans` or `genres`."""
    framed = visual(page, f"filter-{name}")
    for label in labels:
        # The list holds no more options than fit into it: what is typed makes the one wanted one of them.
        framed.locator("input").fill(label)
        page.get_by_role("option", name=label, exact=True).click()
        page.keyboard.press("Escape")
        expect(framed.get_by_text(label, exact=True)).to_be_visible()


def go_to(page: Page, title: str) -> None:
    """Go to a page by the link of the sidebar."""
    page.get_by_role("link", name=title).click()
    expect(page.get_by_role("heading", name=title, level=2)).to_be_visible()


def country_shape(page: Page, name: str) -> Locator:
    """Return the shape of a country on the map, by the words that a screen reader gets."""
    return drawing(page, "map-sessions-by-country").locator(f'path[aria-label^="{name}: "]')


def expect_sessions_on_map(page: Page, sessions: Mapping[str, int]) -> None:
    """Wait until the map gives these countries these sessions, and no other country a number."""
    for name, count in sessions.items():
        words = re.compile(re.escape(f"{name}: {count:,} ("))
        expect(country_shape(page, name)).to_have_attribute("aria-label", words)
    numbered = drawing(page, "map-sessions-by-country").locator('path[aria-label$="%)"]')
    expect(numbered).to_have_count(len(sessions))
