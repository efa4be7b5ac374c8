"""Both pages show what the marts say, under filters and in both languages, and ask nobody else."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import Dashboards, Seen
from tests.browser.looking import (
    CONTENT_VISUALS,
    ENGAGEMENT_VISUALS,
    choose,
    country_shape,
    expect_drawn,
    expect_figure,
    expect_sessions_on_map,
    go_to,
    visual,
)

OpenPage = Callable[..., Page]

_VIEWERS = "select count(distinct user_id) from marts.viewer_days"
_SESSIONS = "select sum(sessions)::bigint from marts.content_performance_daily"
_BUSIEST = """
    select performance.country_code, countries.country_name_en, countries.country_name_fr
    from marts.content_performance_daily as performance
    inner join marts.countries on performance.country_code = countries.country_code
    group by all
    order by sum(performance.sessions) desc
    limit 1
"""


def _written(value: object) -> str:
    assert isinstance(value, int)
    return f"{value:,}"


def test_both_pages_show_every_visual(open_page: OpenPage, seen: Seen) -> None:
    """Reached by the sidebar; on the way no other host is asked for anything."""
    page = open_page()
    for key in CONTENT_VISUALS:
        expect_drawn(page, key)
    go_to(page, "Subscriptions and engagement")
    for key in ENGAGEMENT_VISUALS:
        expect_drawn(page, key)
    assert seen.hosts == {"127.0.0.1"}


def test_a_page_opens_by_its_own_address(open_page: OpenPage) -> None:
    """So that it can be kept as a bookmark; the first page's address is that of the server."""
    page = open_page("/subscriptions-engagement")
    expect(page.get_by_role("heading", name="Subscriptions and engagement", level=2)).to_be_visible()


def test_the_figures_are_those_of_the_marts(open_page: OpenPage, dashboards: Dashboards) -> None:
    """Viewers counted distinctly, sums and ratios."""
    page = open_page()
    expect_figure(page, "unique-viewers", _written(dashboards.figure(_VIEWERS)))
    expect_figure(page, "sessions", _written(dashboards.figure(_SESSIONS)))
    rate = "select sum(completion_rate_sum) / sum(valid_sessions) from marts.content_performance"
    expect_figure(page, "completion-rate", f"{dashboards.figure(rate):.1%}")
    rating = "select sum(score_sum) / sum(ratings) from marts.content_performance"
    expect_figure(page, "average-rating", f"{dashboards.figure(rating):.2f} / 10")
    go_to(page, "Subscriptions and engagement")
    ratio = """
        select sum(buffering_seconds) / (sum(playing_seconds) + sum(buffering_seconds))
        from marts.playback_quality_daily
    """
    expect_figure(page, "rebuffering-ratio", f"{dashboards.figure(ratio):.2%}")
    users = "select round(avg(dau))::bigint from marts.daily_active_users"
    expect_figure(page, "average-dau", _written(dashboards.figure(users)))


def test_the_map_holds_the_sessions_of_every_country(open_page: OpenPage, dashboards: Dashboards) -> None:
    """All countries of the service are large enough to be drawn."""
    counted = dashboards.figures(
        """
        select countries.country_name_en, sum(performance.sessions)::bigint
        from marts.content_performance_daily as performance
        inner join marts.countries on performance.country_code = countries.country_code
        group by all
        having sum(performance.sessions) > 0
        """
    )
    expect_sessions_on_map(open_page(), dict(counted))


def test_filters_change_the_figures(open_page: OpenPage, dashboards: Dashboards) -> None:
    """To what the marts hold for a country, then for a genre in it; taking them away brings all back."""
    ((code, name, _),) = dashboards.figures(_BUSIEST)
    page = open_page()
    expect_figure(page, "unique-viewers", _written(dashboards.figure(_VIEWERS)))
    choose(page, "countries", str(name))
    of_country = f"{_VIEWERS} where country_code = $code"
    expect_figure(page, "unique-viewers", _written(dashboards.figure(of_country, code=code)))
    choose(page, "genres", "Drama")
    both = f"{of_country} and genre = 'Drama'"
    expect_figure(page, "unique-viewers", _written(dashboards.figure(both, code=code)))
    sessions = f"{_SESSIONS} where country_code = $code and genre = 'Drama'"
    expect_figure(page, "sessions", _written(dashboards.figure(sessions, code=code)))
    expect_sessions_on_map(page, {name: dashboards.figure(sessions, code=code)})
    page.get_by_role("button", name="Clear the filters").click()
    expect_figure(page, "unique-viewers", _written(dashboards.figure(_VIEWERS)))


def test_a_click_on_the_map_filters_by_the_country(open_page: OpenPage, dashboards: Dashboards) -> None:
    """And a button below the map takes the filter away."""
    page = open_page()
    country_shape(page, "Brazil").click()
    expect(visual(page, "filter-countries").get_by_text("Brazil", exact=True)).to_be_visible()
    of_brazil = dashboards.figure(f"{_SESSIONS} where country_code = 'BR'")
    expect_figure(page, "sessions", _written(of_brazil))
    page.get_by_role("button", name="Show all countries").click()
    expect_figure(page, "sessions", _written(dashboards.figure(_SESSIONS)))


def test_filters_outlive_a_change_of_page_and_of_language(
    open_page: OpenPage, dashboards: Dashboards
) -> None:
    """They belong to the reader, not to the page; the country's name changes with the language."""
    ((code, english, french),) = dashboards.figures(_BUSIEST)
    page = open_page()
    choose(page, "countries", str(english))
    choose(page, "genres", "Comedy")
    go_to(page, "Subscriptions and engagement")
    starts = """
        select sum(events)::bigint from marts.subscription_movements
        where country_code = $code and movement_type in ('start', 'reactivation')
            and movement_date >= (select min(activity_date) from marts.daily_active_users)
    """
    expect_figure(page, "joined", _written(dashboards.figure(starts, code=code)))
    expect(visual(page, "plan-transitions")).to_contain_text("Not filtered by: genre")
    page.get_by_text("Français", exact=True).click()
    expect(visual(page, "filter-countries").get_by_text(str(french), exact=True)).to_be_visible()
    expect(visual(page, "filter-genres").get_by_text("Comédie", exact=True)).to_be_visible()
    go_to(page, "Performance des contenus")
    viewers = f"{_VIEWERS} where country_code = $code and genre = 'Comedy'"
    written = _written(dashboards.figure(viewers, code=code)).replace(",", "\u202f")
    expect_figure(page, "unique-viewers", written)


def test_french_readers_find_french_words_and_numbers(open_page: OpenPage, dashboards: Dashboards) -> None:
    """At once, since their browser says so; and English with one click."""
    page = open_page(locale="fr-FR")
    expect(page.get_by_role("heading", name="Performance des contenus", level=2)).to_be_visible()
    sessions = _written(dashboards.figure(_SESSIONS))
    expect_figure(page, "sessions", sessions.replace(",", "\u202f"))
    expect(visual(page, "watch-time-by-genre")).to_contain_text("Comédie")
    page.get_by_text("English", exact=True).click()
    expect(page.get_by_role("heading", name="Content performance", level=2)).to_be_visible()
    expect_figure(page, "sessions", sessions)
    expect(visual(page, "watch-time-by-genre")).to_contain_text("Comedy")


def test_a_search_narrows_the_titles(open_page: OpenPage, dashboards: Dashboards) -> None:
    """By a part of the name; where nothing fits, the visual says so."""
    title = dashboards.figure(
        "select title from marts.content_performance order by watch_seconds desc limit 1"
    )
    other = dashboards.figure(
        "select title from marts.content_performance order by watch_seconds desc limit 1 offset 1"
    )
    page = open_page()
    titles = visual(page, "watch-time-by-title")
    expect(titles).to_contain_text(str(other))
    titles.get_by_role("textbox").fill(str(title).upper())
    titles.get_by_role("textbox").press("Enter")
    expect(titles).not_to_contain_text(str(other))
    expect(titles).to_contain_text(str(title))
    titles.get_by_role("textbox").fill("<b>no such title</b>")
    titles.get_by_role("textbox").press("Enter")
    expect(titles).to_contain_text("The filters select nothing here.")


def test_filters_that_select_nothing_say_so(open_page: OpenPage, dashboards: Dashboards) -> None:
    """Counts are zero then; a rate of nothing is a dash."""
    country, plan, genre = dashboards.figures(
        """
        select countries.country_name_en, plans.plan_name, genres.genre
        from marts.countries
        cross join marts.plans
        cross join (select distinct genre from marts.content_performance_daily) as genres
        where countries.country_code in (select country_code from marts.playback_quality_daily)
            and not exists (
                select 1 from marts.content_performance_daily as performance
                where performance.country_code = countries.country_code
                    and performance.plan_code = plans.plan_code and performance.genre = genres.genre
            )
        order by 1, 2, 3
        limit 1
        """
    )[0]
    page = open_page()
    choose(page, "countries", str(country))
    choose(page, "plans", str(plan))
    choose(page, "genres", str(genre))
    expect(visual(page, "notice")).to_contain_text("No session matches the filters.")
    expect_figure(page, "unique-viewers", "0")
    expect_figure(page, "completion-rate", "\u2013")
    expect(visual(page, "device-split")).to_contain_text("The filters select nothing here.")
