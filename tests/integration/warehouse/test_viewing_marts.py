"""The figures of the marts of audience and content, reckoned by hand from `raw_rows.sql`."""

from datetime import date, datetime

from tests.integration.warehouse.conftest import SmallWarehouse


def test_a_play_over_midnight_is_at_its_peak_on_the_second_day(built: SmallWarehouse) -> None:
    """It began half a second before midnight in UTC, wherever we are: no minute of that day saw it."""
    assert built.rows(
        "select playing_date, peak_concurrent_plays, peak_minute_at from marts.concurrent_plays_daily"
        " where breakdown_value = 'FR' and playing_date >= '2026-02-28' order by all"
    ) == [
        (date(2026, 2, 28), 0, None),
        (date(2026, 3, 1), 0, None),
        (date(2026, 3, 2), 1, datetime(2026, 3, 2)),  # noqa: DTZ001 - UTC, as all times of the marts
    ]
    assert built.rows(
        "select period_start_date, viewers, new_viewers, returning_viewers from marts.viewer_growth"
        " where period_type = 'day' and viewers > 0 order by all"
    ) == [(date(2026, 3, 1), 1, 1, 0), (date(2026, 3, 2), 2, 1, 1)]


def test_two_plays_at_once_are_a_peak_of_all_and_not_of_a_country(built: SmallWarehouse) -> None:
    """One play runs from 9 to 11, another from 10 to 12."""
    assert built.rows(
        "select breakdown_value, peak_concurrent_plays, peak_minute_at from marts.concurrent_plays_daily"
        " where playing_date = '2026-03-02' and breakdown_value in ('all', 'NA') order by all"
    ) == [
        ("NA", 1, datetime(2026, 3, 2, 9)),  # noqa: DTZ001 - UTC
        ("all", 2, datetime(2026, 3, 2, 10)),  # noqa: DTZ001 - UTC
    ]


def test_cohorts_go_over_the_end_of_a_month_by_the_utc_day(built: SmallWarehouse) -> None:
    """A Sunday and the Monday after it are in two weeks and one month; neither has begun with viewing."""
    assert built.rows(
        "select period_type, cohort_start_date, periods_since, is_whole_period, cohort_viewers,"
        " retained_viewers from marts.viewer_retention order by all"
    ) == [
        ("month", date(2026, 3, 1), 0, False, 2, 2),
        ("week", date(2026, 2, 23), 0, True, 1, 1),
        ("week", date(2026, 2, 23), 1, False, 1, 1),
        ("week", date(2026, 3, 2), 0, False, 1, 1),
    ]


def test_a_title_that_left_the_catalogue_keeps_its_place(built: SmallWarehouse) -> None:
    """It is in the marts of titles with nothing played, and where it had been left nobody can say."""
    assert built.rows(
        "select title, sessions, reached_50_sessions, abandoned_sessions, abandonment_percent"
        " from marts.content_completion order by content_id"
    ) == [("Alpha", 2, 1, 1, 0), ("Beta", 1, 1, 1, 50), ("Gone", 0, 0, 0, None)]


def test_an_episode_is_watched_within_its_session(built: SmallWarehouse) -> None:
    """One episode in a row is no binge, and from the last one nobody goes on."""
    assert built.rows(
        "select series_sessions, episode_viewings, binge_sessions from marts.series_binges_daily"
    ) == [(1, 1, 0)]
    assert built.rows(
        "select viewers, completed_viewers, continued_viewers, reach_rate from marts.series_progression"
    ) == [(1, 0, None, 1.0)]
