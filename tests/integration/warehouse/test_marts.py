"""The figures of the marts, reckoned by hand from `raw_rows.sql`."""

from datetime import date
from decimal import Decimal

from tests.integration.warehouse.conftest import SmallWarehouse


def test_titles_count_attempts_plays_and_ratings(built: SmallWarehouse) -> None:
    """A title that left the catalogue stays, with no plays and NULL ratios."""
    assert built.rows(
        "select title, attempts, sessions, unique_viewers, valid_sessions, watch_seconds,"
        " completion_rate_sum, completion_rate, completed_sessions, completed_share, ratings, score_sum,"
        " average_rating from marts.content_performance order by content_id"
    ) == [
        ("Alpha", 2, 2, 1, 1, 5429, Decimal("1.0000"), 1.0, 1, 1.0, 1, 9, 9.0),
        ("Beta", 3, 1, 1, 1, 600, Decimal("0.5000"), 0.5, 0, 0.0, 1, 4, 4.0),
        ("Gone", 0, 0, 0, 0, 0, Decimal("0.0000"), None, 0, None, 0, 0, None),
    ]


def test_bayesian_ratings_lean_on_the_mean_of_all(built: SmallWarehouse) -> None:
    """With a mean of 6.5 over both ratings: (25 x 6.5 + sum) / (25 + count)."""
    assert built.rows("select bayesian_rating from marts.content_performance order by content_id") == [
        (171.5 / 26,),
        (166.5 / 26,),
        (6.5,),
    ]


def test_attempts_stand_on_their_utc_day_with_the_plan_held(built: SmallWarehouse) -> None:
    """Over midnight counts for the first day, 01:59 in Athens for the day before, an upgrade at once."""
    assert built.rows(
        "select performance_date, title, country_code, device_type, plan_code, attempts, sessions,"
        " watch_seconds from marts.content_performance_daily order by all"
    ) == [
        (date(2026, 2, 20), "Beta", "US", "tablet", "none", 1, 0, 0),
        (date(2026, 3, 1), "Alpha", "FR", "tv", "basic", 1, 1, 5400),
        (date(2026, 3, 1), "Beta", "US", "tv", "free", 1, 0, 0),
        (date(2026, 3, 2), "Alpha", "FR", "mobile", "premium_annual", 1, 1, 29),
        (date(2026, 3, 2), "Beta", "NA", "desktop", "free", 1, 1, 600),
    ]


def test_ratings_stand_on_their_day_with_the_plan_held(built: SmallWarehouse) -> None:
    """A rating from before the subscription has no plan."""
    assert built.rows("from marts.content_ratings_daily order by all") == [
        (date(2026, 2, 21), 2, "Beta", "Comedy", "US", "none", 1, 4),
        (date(2026, 3, 2), 1, "Alpha", "Drama", "FR", "premium_annual", 1, 9),
    ]


def test_each_score_is_counted_by_itself(built: SmallWarehouse) -> None:
    """On the day and with the plan of the rating."""
    assert built.rows("from marts.content_scores_daily order by all") == [
        (date(2026, 2, 21), 2, "Comedy", "US", "none", 4, 1),
        (date(2026, 3, 2), 1, "Drama", "FR", "premium_annual", 9, 1),
    ]


def test_viewers_are_those_with_a_play(built: SmallWarehouse) -> None:
    """User 2 tried twice and saw nothing."""
    assert built.rows("select viewing_date, user_id, sessions from marts.viewer_days order by all") == [
        (date(2026, 3, 1), 1, 1),
        (date(2026, 3, 2), 1, 1),
        (date(2026, 3, 2), 4, 1),
    ]


def test_active_users_are_told_for_every_day(built: SmallWarehouse) -> None:
    """Days without a viewer are there, with a stickiness of NULL."""
    days = built.rows("from marts.daily_active_users order by activity_date")
    quiet = [(date(2026, 2, day), 0, 0, 0, None) for day in range(20, 29)]
    assert days == [*quiet, (date(2026, 3, 1), 1, 1, 1, 1.0), (date(2026, 3, 2), 2, 2, 2, 1.0)]


def test_movements_keep_the_mrr_to_the_cent(built: SmallWarehouse) -> None:
    """Annual prices count a twelfth; a renewal moves nothing; a cancellation takes what there was."""
    assert built.rows("from marts.subscription_movements order by all") == [
        (date(2026, 2, 1), "FR", "start", None, "basic", 1, Decimal("799.0000")),
        (date(2026, 2, 10), "DE", "start", None, "basic", 1, Decimal("799.0000")),
        (date(2026, 2, 20), "DE", "cancellation", "basic", None, 1, Decimal("-799.0000")),
        (date(2026, 2, 27), "US", "start", None, "free", 1, Decimal("0.0000")),
        (date(2026, 3, 1), "FR", "renewal", "basic", "basic", 1, Decimal("0.0000")),
        (date(2026, 3, 2), "DE", "reactivation", None, "free", 1, Decimal("0.0000")),
        (date(2026, 3, 2), "FR", "upgrade", "basic", "premium_annual", 1, Decimal("700.0000")),
    ]


def test_quality_tells_failures_from_exits(built: SmallWarehouse) -> None:
    """Ratios are NULL where nothing played."""
    assert built.rows(
        "select device_type, attempts, sessions, start_failures, exits_before_start, good_sessions,"
        " buffering_seconds, bitrate_kbps_seconds, startup_ms_sum, rebuffering_ratio, average_bitrate_kbps"
        " from marts.playback_quality_daily order by playback_date, device_type, sessions"
    ) == [
        ("tablet", 1, 0, 0, 1, 0, Decimal("0.000"), 0, 0, None, None),
        ("tv", 1, 0, 1, 0, 0, Decimal("0.000"), 0, 0, None, None),
        ("tv", 1, 1, 0, 0, 1, Decimal("0.000"), 27_000_000, 1500, 0.0, 5000.0),
        ("desktop", 1, 1, 0, 0, 1, Decimal("0.000"), 600_000, 1000, 0.0, 1000.0),
        ("mobile", 1, 1, 0, 0, 0, Decimal("1.000"), 261_000, 2500, 1 / 30, 9000.0),
    ]


def test_plans_and_countries_are_named(built: SmallWarehouse) -> None:
    """Plans rank by the price of a month; codes keep their zeros, and NA is Namibia."""
    assert built.rows("select plan_code, monthly_price_cents from marts.plans order by plan_rank") == [
        ("free", Decimal("0.0000")),
        ("basic", Decimal("799.0000")),
        ("premium_annual", Decimal("1499.0000")),
    ]
    assert built.rows(
        "select country_code, country_numeric, country_name_fr, region from marts.countries"
        " where country_code in ('AF', 'NA') order by country_code"
    ) == [("AF", "004", "Afghanistan", "Asia"), ("NA", "516", "Namibie", "Africa")]
