"""Each visual shows the figures that SQL finds in the marts, past all that the dashboards do."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import Dashboards
from tests.browser.looking import (
    HEALTH_VISUALS,
    TITLE_VISUALS,
    drawing,
    expect_drawn,
    expect_figure,
    marks,
    visual,
)

OpenPage = Callable[..., Page]

_TOP = "select content_id, title from marts.content_performance order by watch_seconds desc, content_id"


def _in_days(dashboards: Dashboards, sql: str) -> list[tuple[Any, ...]]:
    """Ask for the days that are shown at first, `$first` to `$last`: since viewing began, to the newest."""
    ((first, last),) = dashboards.figures(
        "select min(activity_date), greatest(max(activity_date), (select max(movement_date)"
        " from marts.subscription_movements)) from marts.daily_active_users"
    )
    return dashboards.figures(sql, first=first, last=last)


def _count(value: object) -> str:
    assert isinstance(value, int)
    return f"{value:,}"


def test_what_is_watched_is_that_of_the_marts(open_page: OpenPage, dashboards: Dashboards) -> None:
    """By device, genre and title; liked and left; and how much lies in the long tail."""
    page = open_page()
    devices = dashboards.figures(
        "select sum(sessions)::bigint from marts.content_performance_daily group by device_type"
        " order by 1 desc"
    )
    assert [mark["Sessions"] for mark in marks(page, "device-split")] == [_count(each) for (each,) in devices]
    genres = dashboards.figures(
        "select genre, sum(sessions)::bigint from marts.content_performance group by genre"
        " order by sum(watch_seconds) desc, genre"
    )
    drawn = marks(page, "watch-time-by-genre")
    assert [(mark["Genre"], mark["Sessions"]) for mark in drawn] == [
        (genre, _count(sessions)) for genre, sessions in genres
    ]
    titles = dashboards.figures(
        "select title, sessions, round(watch_seconds / 3600, 1)::double from marts.content_performance"
        " order by watch_seconds desc, content_id limit 15"
    )
    drawn = marks(page, "watch-time-by-title")
    assert [(mark["Title"], mark["Sessions"]) for mark in drawn] == [
        (title, _count(sessions)) for title, sessions, _ in titles
    ]
    assert [round(float(mark["Watch time (hours)"]), 1) for mark in drawn] == [hours for *_, hours in titles]
    rated = dashboards.figures(
        "select title, ratings, sessions from marts.content_performance"
        " where ratings >= 3 and valid_sessions >= 3 order by sessions desc, content_id"
    )
    circles = marks(page, "completion-against-rating", "circle")
    assert [(mark["Title"], mark["Ratings"], mark["Sessions"]) for mark in circles] == [
        (title, _count(ratings), _count(sessions)) for title, ratings, sessions in rated
    ]
    tail = dashboards.figure(
        "select sum(watch_seconds) filter (place > ceil(0.2 * titles)) / sum(watch_seconds) from ("
        " select watch_seconds, count(*) over () as titles,"
        " row_number() over (order by watch_seconds desc, content_id) as place"
        " from marts.content_performance)"
    )
    expect(visual(page, "long-tail")).to_contain_text(f"{tail:.1%} of the watch time")
    _expect_abandonment(page, "abandonment", dashboards)


def _expect_abandonment(page: Page, key: str, dashboards: Dashboards) -> None:
    """Wait for the curve of the title that is watched most, which the marts hold over all time."""
    ((content_id, title), *_) = dashboards.figures(_TOP)
    curve = dashboards.figures(
        "select reached_sessions from marts.content_abandonment_curve where content_id = $content_id"
        " order by completion_percent",
        content_id=content_id,
    )
    points = [mark for mark in marks(page, key, "point") if mark["Title"] == title]
    assert [mark["Sessions"] for mark in points] == [_count(reached) for (reached,) in curve]


def test_playback_and_viewers_are_those_of_the_marts(open_page: OpenPage, dashboards: Dashboards) -> None:
    """The worst places, resolutions, active users, the pattern of the week, and cohorts."""
    page = open_page("/subscriptions-engagement")
    for breakdown, key in (("country", "worst-countries"), ("device", "worst-devices")):
        worst = dashboards.figures(
            "select sum(buffering_seconds) / (sum(playing_seconds) + sum(buffering_seconds)) as ratio,"
            " sum(sessions)::bigint from marts.playback_experience_daily where breakdown = $breakdown"
            " group by member having sum(sessions) >= 100 order by ratio desc, member limit 8",
            breakdown=breakdown,
        )
        drawn = marks(page, key)
        assert [(mark["Rebuffering ratio"], mark["Sessions"]) for mark in drawn] == [
            (f"{ratio:.2%}", _count(sessions)) for ratio, sessions in worst
        ]
    played = dashboards.figures(
        "select date_trunc('month', playback_date) as month, resolution, sum(sessions)::bigint"
        " from marts.playback_quality_daily group by all having sum(playing_seconds) > 0"
    )
    drawn = marks(page, "resolution-split")
    assert sorted((mark["Resolution"], mark["Sessions"]) for mark in drawn) == sorted(
        (resolution, _count(sessions)) for _, resolution, sessions in played
    )
    days = dashboards.figures("select dau, wau, mau from marts.daily_active_users order by activity_date")
    spoken = [int(mark["Distinct users"].replace(",", "")) for mark in marks(page, "active-users", "point")]
    assert spoken == [day[window] for window in range(3) for day in days]
    cells = marks(page, "weekday-pattern", "rect mark")
    assert [int(cell["Distinct users"]) for cell in cells] == [dau for dau, *_ in days]
    means = dashboards.figures(
        "select avg(dau) from marts.daily_active_users "
        " group by isodow(activity_date) order by isodow(activity_date)"
    )
    drawn = marks(page, "weekday-means")
    assert [float(mark["Mean of daily users"]) for mark in drawn] == [
        float(f"{mean:.6g}") for (mean,) in means
    ]
    retained = _in_days(
        dashboards,
        "select retained_viewers, retention_rate from marts.viewer_retention"
        " where period_type = 'month' and cohort_start_date between $first and $last"
        " order by cohort_start_date, periods_since",
    )
    cells = marks(page, "viewer-retention", "rect mark")
    assert [(cell["Users"], cell["Still there"]) for cell in cells] == [
        (_count(users), f"{rate:.1%}") for users, rate in retained
    ]


def test_subscriptions_are_those_of_the_marts(open_page: OpenPage, dashboards: Dashboards) -> None:
    """The waterfall ends where its steps lead; movements, transitions, churn and cohorts of payers."""
    page = open_page("/subscriptions-engagement")
    _expect_waterfall(page, dashboards)
    moved = dict(
        _in_days(
            dashboards,
            "select movement_type, sum(events)::bigint from marts.subscription_movements"
            " where movement_date between $first and $last group by movement_type",
        )
    )
    parts = {mark["Movement"]: mark["Count"] for mark in marks(page, "plan-transitions", "arc mark")}
    assert parts == {str(kind).capitalize(): _count(events) for kind, events in moved.items()}
    pairs = _in_days(
        dashboards,
        "select coalesce(before.plan_name, 'No plan yet or any more'), coalesce(after.plan_name, 'Left'),"
        " sum(moved.events)::bigint from marts.subscription_movements as moved"
        " left join marts.plans as before on moved.from_plan_code = before.plan_code"
        " left join marts.plans as after on moved.to_plan_code = after.plan_code"
        " where moved.movement_date between $first and $last group by all",
    )
    cells = marks(page, "transition-matrix", "rect mark")
    counted = {(cell["Plan before"], cell["Plan after"]): cell["Count"] for cell in cells}
    assert {pair: count for pair, count in counted.items() if count != "0"} == {
        (before, after): _count(events) for before, after, events in pairs
    }
    shown = {"start", "reactivation", "upgrade", "downgrade", "cancellation"}
    columns = [int(mark["Count"].replace(",", "")) for mark in marks(page, "movements-over-time")]
    assert sum(columns) == sum(events for kind, events in moved.items() if kind in shown)
    _expect_churn(page, dashboards)


def _expect_waterfall(page: Page, dashboards: Dashboards) -> None:
    ((start, risen, fallen, end),) = _in_days(
        dashboards,
        """
        with days as (from marts.subscription_balance_daily where balance_date between $first and $last)
        select
            sum(mrr_at_start_cents) filter (balance_date = (select min(balance_date) from days)),
            sum(new_mrr_cents + expansion_mrr_cents + reactivation_mrr_cents),
            sum(contraction_mrr_cents + voluntary_churn_mrr_cents + involuntary_churn_mrr_cents),
            sum(mrr_at_end_cents) filter (balance_date = (select max(balance_date) from days))
        from days
        """,
    )
    assert start + risen - fallen == end
    steps = marks(page, "mrr-waterfall")
    heights = {
        step["Step"]: float(step["high"].replace(",", "")) - float(step["MRR"].replace(",", ""))
        for step in steps
    }
    names = list(heights)
    assert len(names) == 8
    assert round(heights["Start"], 2) == round(float(start) / 100, 2)
    assert round(sum(heights[name] for name in names[1:4]), 2) == round(float(risen) / 100, 2)
    assert round(sum(heights[name] for name in names[4:7]), 2) == round(float(fallen) / 100, 2)
    assert round(heights["End"], 2) == round(float(end) / 100, 2)


def _expect_churn(page: Page, dashboards: Dashboards) -> None:
    lost = _in_days(
        dashboards,
        "select plans.plan_name, sum(voluntarily_lost_payers), sum(involuntarily_lost_payers),"
        " sum(payers_at_start) from marts.revenue_retention_monthly as months"
        " inner join marts.plans on months.plan_code = plans.plan_code"
        " where month_start_date between $first and $last and counted_to_date = last_day(month_start_date)"
        " and counted_to_date between $first and $last group by all",
    )
    parts = {(mark["Plan"], mark["Kind"]): mark for mark in marks(page, "churn-by-plan")}
    for plan, willing, failed, payers in lost:
        for kind, count in (("By their own will", willing), ("After failed payments", failed)):
            part = parts[plan, kind]
            assert (part["Payers lost"], part["Payers at the starts"]) == (
                _count(int(count)),
                _count(int(payers)),
            )
    kept = _in_days(
        dashboards,
        "select sum(payers_at_end)::bigint from marts.payer_cohorts_monthly"
        " where cohort_month between $first and $last "
        " group by cohort_month, months_since order by cohort_month, months_since",
    )
    cells = marks(page, "payer-cohorts", "rect mark")
    assert [cell["Users"] for cell in cells] == [_count(users) for (users,) in kept]


def test_a_click_on_a_title_opens_its_page(open_page: OpenPage, dashboards: Dashboards) -> None:
    """With its figures alone; the address names it, so that it can be sent."""
    ((content_id, title), *_) = dashboards.figures(_TOP)
    page = open_page()
    drawing(page, "watch-time-by-title").locator('[aria-roledescription="bar"]').first.click()
    expect(page.get_by_role("heading", name=str(title), level=2)).to_be_visible()
    assert f"title={content_id}" in page.url
    for key in TITLE_VISUALS:
        expect_drawn(page, key)
    ((sessions, viewers, ratings),) = dashboards.figures(
        "select sessions, unique_viewers, ratings from marts.content_performance "
        " where content_id = $content_id",
        content_id=content_id,
    )
    expect_figure(page, "title-sessions", _count(sessions))
    expect_figure(page, "title-viewers", _count(viewers))
    scores = [int(mark["Ratings"]) for mark in marks(page, "title-scores")]
    assert (len(scores), sum(scores)) == (10, ratings)
    days = [int(mark["Sessions"]) for mark in marks(page, "title-by-day")]
    assert sum(days) == sessions
    _expect_abandonment(page, "title-abandonment", dashboards)


def test_an_address_opens_a_titles_page_or_says_that_there_is_none(
    open_page: OpenPage, dashboards: Dashboards
) -> None:
    """What is no number names no title."""
    content_id, title = dashboards.figures(f"{_TOP} limit 2")[1]
    page = open_page(f"/title?title={content_id}")
    expect(page.get_by_role("heading", name=str(title), level=2)).to_be_visible()
    page.goto(f"{dashboards.url}/title?title=999999999")
    expect(page.get_by_text("No title has this number any more")).to_be_visible()
    page.goto(f"{dashboards.url}/title?title=<b>")
    expect(page.get_by_text("Choose a title here")).to_be_visible()


def test_the_health_of_the_data_is_that_of_the_last_run(open_page: OpenPage, dashboards: Dashboards) -> None:
    """Every row is accounted for, no test failed, and each mart stands in the lineage."""
    page = open_page("/data-health")
    for key in HEALTH_VISUALS:
        expect_drawn(page, key)
    expect_figure(page, "last-run", "Done")
    expect_figure(page, "accounted", "100.0%")
    expect_figure(page, "failed-tests", "0")
    expect(visual(page, "no-failing-tests")).to_be_visible()
    document = dashboards.home.run("status", "--format", "json").document
    assert all(table["balances"] for table in document["tables"])
    steps = {mark["Step"] for mark in marks(page, "step-durations")}
    assert {"Extract", "Load", "Transform", "Publish"} <= steps
    marts = {
        name
        for (name,) in dashboards.figures(
            "select table_name from information_schema.tables where table_schema = 'marts'"
        )
    }
    drawn = {mark["Model"] for mark in marks(page, "lineage", "circle") if mark["Layer"] == "Marts"}
    assert drawn == {name for name in marts if not name.startswith("_")}
