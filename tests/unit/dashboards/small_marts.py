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
        "content_id bigint, title varchar, content_type varchar, genre varchar",
        [
            (10, "Élan", "film", "Drama"),
            (11, "Twin", "film", "Comedy"),
            (12, "Twin", "series", "Drama"),
            (13, "100%_sure", "film", "Comedy"),
            (14, "Never seen", "documentary", "Nature"),
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
