"""Six sessions of three users, four titles, and what subscriptions did around them."""

from collections.abc import Mapping, Sequence

Table = tuple[str, Sequence[tuple[object, ...]]]

_DAY_1, _DAY_2, _DAY_3, _DAY_4 = "2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04"

TABLES: Mapping[str, Table] = {
    "viewer_days": (
        (
            "viewing_date date, user_id bigint, country_code varchar, plan_code varchar, genre varchar,"
            " device_type varchar, sessions bigint, watch_seconds bigint"
        ),
        [
            (_DAY_1, 1, "FR", "basic", "Drama", "tv", 1, 600),
            (_DAY_2, 1, "FR", "basic", "Drama", "mobile", 1, 300),
            (_DAY_2, 1, "FR", "premium", "Comedy", "tv", 1, 100),
            (_DAY_1, 2, "US", "free", "Drama", "tv", 2, 1000),
            (_DAY_4, 3, "US", "none", "Comedy", "desktop", 1, 20),
        ],
    ),
    # The last row is an attempt that showed no frame: it counts nowhere as a session.
    "content_performance_daily": (
        (
            "performance_date date, content_id bigint, title varchar, content_type varchar, genre varchar,"
            " country_code varchar, device_type varchar, plan_code varchar, attempts bigint, sessions bigint,"
            " valid_sessions bigint, watch_seconds bigint, completion_rate_sum decimal(18, 4),"
            " completed_sessions bigint"
        ),
        [
            (_DAY_1, 10, "Élan", "film", "Drama", "FR", "tv", "basic", 2, 1, 1, 600, "0.5", 0),
            (_DAY_2, 10, "Élan", "film", "Drama", "FR", "mobile", "basic", 1, 1, 1, 300, "1", 1),
            (_DAY_2, 11, "Twin", "film", "Comedy", "FR", "tv", "premium", 1, 1, 1, 100, "0.25", 0),
            (_DAY_1, 12, "Twin", "series", "Drama", "US", "tv", "free", 3, 2, 1, 1000, "0.95", 1),
            (_DAY_4, 11, "Twin", "film", "Comedy", "US", "desktop", "none", 1, 1, 0, 20, "0", 0),
            (_DAY_3, 10, "Élan", "film", "Drama", "DE", "tv", "basic", 1, 0, 0, 0, "0", 0),
        ],
    ),
    "content_ratings_daily": (
        (
            "rating_date date, content_id bigint, title varchar, genre varchar, country_code varchar,"
            " plan_code varchar, ratings bigint, score_sum bigint"
        ),
        [
            (_DAY_2, 10, "Élan", "Drama", "FR", "basic", 2, 15),
            (_DAY_3, 13, "100%_sure", "Comedy", "US", "free", 1, 4),
        ],
    ),
    "content_performance": (
        (
            "content_id bigint, title varchar, content_type varchar, genre varchar, release_year smallint,"
            " is_original boolean, unique_viewers bigint, watch_seconds bigint, bayesian_rating double"
        ),
        [
            (10, "Élan", "film", "Drama", 2020, True, 1, 900, 6.5),
            (11, "Twin", "film", "Comedy", 2021, False, 2, 120, 6.25),
            (12, "Twin", "series", "Drama", 2022, False, 1, 1000, 6.25),
            (13, "100%_sure", "film", "Comedy", 2023, False, 0, 0, 6.0),
            (14, "Never seen", "documentary", "Nature", 2024, True, 0, 0, 6.25),
        ],
    ),
    "content_completion_daily": (
        (
            "performance_date date, content_id bigint, genre varchar, country_code varchar,"
            " device_type varchar, plan_code varchar, completion_percent smallint, sessions bigint"
        ),
        [
            (_DAY_1, 10, "Drama", "FR", "tv", "basic", 50, 1),
            (_DAY_2, 10, "Drama", "FR", "mobile", "basic", 100, 1),
            (_DAY_2, 11, "Comedy", "FR", "tv", "premium", 25, 1),
            (_DAY_1, 12, "Drama", "US", "tv", "free", 95, 1),
            (_DAY_1, 12, "Drama", "US", "tv", "free", 0, 1),
            (_DAY_4, 11, "Comedy", "US", "desktop", "none", 0, 1),
        ],
    ),
    "content_scores_daily": (
        (
            "rating_date date, content_id bigint, genre varchar, country_code varchar, plan_code varchar,"
            " score smallint, ratings bigint"
        ),
        [
            (_DAY_2, 10, "Drama", "FR", "basic", 7, 1),
            (_DAY_2, 10, "Drama", "FR", "basic", 8, 1),
            (_DAY_3, 13, "Comedy", "US", "free", 4, 1),
        ],
    ),
    "series_progression": (
        (
            "content_id bigint, season_number smallint, episode_number smallint, episode_order integer,"
            " episode_title varchar, series_viewers bigint, viewers bigint, completed_viewers bigint,"
            " reach_rate double, completion_rate double, continuation_rate double"
        ),
        [
            (12, 1, 2, 2, "Second", 4, 1, 1, 0.25, 1.0, None),
            (12, 1, 1, 1, "First", 4, 4, 3, 1.0, 0.75, 0.25),
        ],
    ),
    "playback_quality_daily": (
        (
            "playback_date date, device_type varchar, resolution varchar, country_code varchar,"
            " plan_code varchar, genre varchar, attempts bigint, sessions bigint, playing_seconds bigint,"
            " buffering_seconds decimal(18, 3)"
        ),
        [
            (_DAY_1, "tv", "HD", "FR", "basic", "Drama", 2, 1, 600, "2.4"),
            (_DAY_1, "tv", "4K", "US", "free", "Drama", 3, 2, 1000, "0"),
            (_DAY_2, "mobile", "SD", "FR", "basic", "Drama", 1, 1, 300, "6"),
            (_DAY_2, "tv", "HD", "FR", "premium", "Comedy", 1, 1, 100, "0"),
            (_DAY_4, "desktop", "Full HD", "US", "none", "Comedy", 1, 1, 20, "0"),
            (_DAY_3, "tv", "HD", "DE", "basic", "Drama", 1, 0, 0, "0"),
        ],
    ),
    "playback_outliers": (
        (
            "playback_date date, breakdown varchar, member varchar, metric varchar, attempts bigint,"
            " figure double, upper_fence double"
        ),
        [
            (_DAY_2, "all", "all", "rebuffering_ratio", 2, 0.0148, 0.004),
            (_DAY_2, "country", "FR", "rebuffering_ratio", 2, 0.0148, 0.004),
            (_DAY_2, "device", "mobile", "average_startup_ms", 1, 900.0, 700.0),
            ("2025-12-15", "country", "FR", "rebuffering_ratio", 2, 0.02, 0.004),
        ],
    ),
    "active_viewers_daily": (
        (
            "activity_date date, breakdown varchar, breakdown_value varchar, dau bigint, wau bigint,"
            " mau bigint"
        ),
        [
            (_DAY_1, "country", "FR", 1, 1, 1),
            (_DAY_2, "country", "FR", 1, 1, 1),
            (_DAY_1, "genre", "Drama", 2, 2, 2),
            (_DAY_4, "country", "FR", 0, 1, 1),
        ],
    ),
    "viewer_retention": (
        (
            "period_type varchar, cohort_start_date date, periods_since integer, period_start_date date,"
            " is_whole_period boolean, cohort_viewers bigint, retained_viewers bigint, retention_rate double"
        ),
        [
            ("week", "2025-12-29", 0, "2025-12-29", False, 3, 3, 1.0),
            ("month", _DAY_1, 0, _DAY_1, True, 4, 4, 1.0),
            ("month", _DAY_1, 1, "2026-02-01", False, 4, 1, 0.25),
        ],
    ),
    "daily_active_users": (
        "activity_date date, dau bigint, wau bigint, mau bigint",
        [(_DAY_1, 2, 2, 2), (_DAY_2, 1, 2, 2), (_DAY_3, 0, 2, 2), (_DAY_4, 1, 3, 3)],
    ),
    "subscription_movements": (
        (
            "movement_date date, country_code varchar, movement_type varchar, from_plan_code varchar,"
            " to_plan_code varchar, events bigint"
        ),
        [
            ("2025-12-15", "FR", "start", None, "basic", 1),
            (_DAY_1, "FR", "upgrade", "basic", "premium", 2),
            (_DAY_2, "US", "renewal", "free", "free", 5),
            (_DAY_2, "US", "cancellation", "free", None, 1),
            (_DAY_4, "US", "reactivation", None, "free", 1),
        ],
    ),
    # Two days in two countries: each row balances, and so do the days.
    "subscription_balance_daily": (
        (
            "balance_date date, country_code varchar, mrr_at_start_cents decimal(18, 4),"
            " new_mrr_cents decimal(18, 4), expansion_mrr_cents decimal(18, 4),"
            " reactivation_mrr_cents decimal(18, 4), contraction_mrr_cents decimal(18, 4),"
            " voluntary_churn_mrr_cents decimal(18, 4), involuntary_churn_mrr_cents decimal(18, 4),"
            " mrr_at_end_cents decimal(18, 4), payers_at_end bigint"
        ),
        [
            ("2025-12-31", "FR", "0", "799", "0", "0", "0", "0", "0", "799", 1),
            (_DAY_1, "FR", "799", "1299", "500.25", "0", "0", "0", "0", "2598.25", 2),
            (_DAY_1, "US", "3000", "0", "0", "799", "100", "799", "0", "2900", 3),
            (_DAY_2, "FR", "2598.25", "0", "0", "0", "0", "0", "1299", "1299.25", 1),
            (_DAY_2, "US", "2900", "0.75", "0", "0", "0", "0", "0", "2900.75", 4),
        ],
    ),
    "revenue_retention_monthly": (
        (
            "month_start_date date, counted_to_date date, country_code varchar, plan_code varchar,"
            " payers_at_start bigint, voluntarily_lost_payers bigint, involuntarily_lost_payers bigint"
        ),
        [
            ("2025-11-01", "2025-11-30", "FR", "basic", 10, 1, 0),
            ("2025-12-01", "2025-12-31", "FR", "basic", 10, 1, 1),
            ("2025-12-01", "2025-12-31", "US", "premium", 4, 0, 1),
            (_DAY_1, _DAY_4, "FR", "basic", 9, 5, 0),
        ],
    ),
    "payer_cohorts_monthly": (
        (
            "cohort_month date, country_code varchar, months_since integer, counted_to_date date,"
            " cohort_payers bigint, payers_at_end bigint"
        ),
        [
            ("2025-12-01", "FR", 0, "2025-12-31", 6, 5),
            ("2025-12-01", "US", 0, "2025-12-31", 4, 4),
            ("2025-12-01", "FR", 1, _DAY_4, 6, 3),
            ("2025-12-01", "US", 1, _DAY_4, 4, 3),
        ],
    ),
    "countries": (
        "country_code varchar, country_numeric varchar, country_name_en varchar, country_name_fr varchar",
        [
            ("FR", "250", "France", "France"),
            ("US", "840", "United States", "États-Unis"),
            ("DE", "276", "Germany", "Allemagne"),
            ("SG", "702", "Singapore", "Singapour"),
        ],
    ),
    "plans": (
        "plan_code varchar, plan_name varchar, plan_rank integer",
        [("premium", "Premium", 3), ("free", "Free", 1), ("basic", "Basic", 2)],
    ),
}
"""Columns and rows by mart; columns that the dashboards do not read are left out."""
