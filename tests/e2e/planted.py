"""A service from a third seed, dense enough for outliers, with what is hard to count planted in it."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import psycopg

from streamvision.adapters.service.postgres import PostgresServiceDatabase
from streamvision.assets import asset
from streamvision.pipeline.simulate.behaviour import Behaviour
from streamvision.pipeline.simulate.step import PRESETS, SimulationSpec, simulate

PLANTED_SEED, PLANTED_DAY = 1996, "2025-03-31"
_DAYS = 30

Event = tuple[str, str | None, str | None, str | None, str]
"""What happened, the plans before and after, the reason, and when."""

_UNEVEN_PLAN = """
    insert into subscription_plans (
        code, name, price_cents, billing_period, max_resolution, max_streams, created_at
    )
    values ('uneven', 'Uneven', 10000, 'year', 'HD', 1, '2020-01-01 00:00:00+00')
"""
_USER = """
    insert into users (
        id, email, username, first_name, last_name, country, age_group, subscription_plan, subscription_start,
        subscription_end, created_at, is_active, payment_method, device_preference
    )
    values (
        %(id)s, %(id)s || '@planted.example', 'planted' || %(id)s, 'A', 'B', 'FR', '25-34', %(plan)s,
        %(start)s, %(end)s, %(created)s, %(end)s::timestamptz is null, 'card', 'tv'
    )
"""
_EVENT = """
    insert into subscription_events (id, user_id, event_type, from_plan_id, to_plan_id, reason, occurred_at)
    values (
        %s, %s, %s, (select id from subscription_plans where code = %s),
        (select id from subscription_plans where code = %s), %s, %s
    )
"""
_CLICKED = """
    select user_id, clicked_content_id, searched_at from search_queries
    where clicked_content_id is not null and searched_at < timestamptz '2025-03-31 22:00:00+00'
    order by id limit 7
"""
_PLAY = """
    insert into viewing_sessions (
        user_id, content_id, started_at, ended_at, duration_seconds, completion_rate, playback_started,
        startup_ms, device_type, resolution, country, average_bitrate_kbps
    )
    values (
        %(user)s, %(title)s, %(at)s, %(at)s, 0, 0, %(starts)s,
        case when %(starts)s then 11 end, 'tv', 'HD', 'BR', case when %(starts)s then 4000 end
    )
"""

# Where nothing refuses it, players that never showed a frame report waiting for one as buffering.
_BAD_DAY = """
    alter table viewing_sessions drop constraint viewing_sessions_check3;
    update viewing_sessions
    set startup_ms = 10 * startup_ms, buffering_events = 1 + buffering_events, buffering_seconds = 60.001
    where
        started_at >= '2025-03-20 00:00:00+00' and started_at < '2025-03-21 00:00:00+00'
"""

_SAME_INSTANT = "2025-02-10 12:00:00+00"
STORIES: Sequence[Sequence[Event]] = (
    # Two changes on the day of the start.
    (
        ("start", None, "basic", None, "2024-11-05 08:00:00+00"),
        ("upgrade", "basic", "premium", None, "2024-11-05 09:00:00+00"),
        ("downgrade", "premium", "standard", None, "2024-11-05 23:59:59.999999+00"),
    ),
    # Gone on the day of the start, back some weeks later: a payer for the first time at the end of a day.
    (
        ("start", None, "standard", None, "2024-10-01 00:00:00+00"),
        ("cancellation", "standard", None, "voluntary", "2024-10-01 20:00:00+00"),
        ("reactivation", None, "basic", None, "2024-11-20 20:00:00+00"),
    ),
    # Lost and back on one day, on a dearer plan.
    (
        ("start", None, "basic", None, "2024-10-03 10:00:00+00"),
        ("cancellation", "basic", None, "payment_failed", "2024-11-03 10:00:00+00"),
        ("reactivation", None, "premium", None, "2024-11-03 21:00:00+00"),
    ),
    # Paying ended by a failed payment, and the free plan that followed by the user, all on one day.
    (
        ("start", None, "premium", None, "2024-12-01 10:00:00+00"),
        ("cancellation", "premium", None, "payment_failed", "2025-01-01 10:00:00+00"),
        ("reactivation", None, "free", None, "2025-01-01 11:00:00+00"),
        ("cancellation", "free", None, "voluntary", "2025-01-01 12:00:00+00"),
    ),
    # From free to paid on the last day that counts, on the one after it, and on the same day.
    (
        ("start", None, "free", None, "2025-01-01 23:59:59+00"),
        ("upgrade", "free", "basic", None, "2025-02-07 23:59:59+00"),
    ),
    (
        ("start", None, "free", None, "2025-01-01 00:00:00+00"),
        ("upgrade", "free", "basic", None, "2025-02-08 00:00:00+00"),
    ),
    (
        ("start", None, "free", None, "2025-01-02 00:00:00+00"),
        ("upgrade", "free", "premium_annual", None, "2025-01-02 00:00:01+00"),
    ),
    # Renewed and changed on one day, and lost in the last instant of a month.
    (
        ("start", None, "basic", None, "2024-12-31 10:00:00+00"),
        ("renewal", "basic", "basic", None, "2025-01-31 10:00:00+00"),
        ("upgrade", "basic", "standard", None, "2025-01-31 11:00:00+00"),
        ("cancellation", "standard", None, "payment_failed", "2025-02-28 23:59:59.999999+00"),
    ),
    # A twelfth of a price that is no whole number; then, by the user's choice, to a plan that costs nothing.
    (
        ("start", None, "uneven", None, "2024-06-01 10:00:00+00"),
        ("downgrade", "uneven", "free", None, "2025-01-15 10:00:00+00"),
        ("upgrade", "free", "uneven", None, "2025-03-05 10:00:00+00"),
    ),
    # Lost and back within one month, by two ways of ending.
    (
        ("start", None, "premium", None, "2024-12-20 10:00:00+00"),
        ("cancellation", "premium", None, "payment_failed", "2025-01-05 10:00:00+00"),
        ("reactivation", None, "standard", None, "2025-01-20 10:00:00+00"),
        ("cancellation", "standard", None, "voluntary", "2025-02-05 10:00:00+00"),
        ("reactivation", None, "basic", None, "2025-02-15 10:00:00+00"),
        ("cancellation", "basic", None, "payment_failed", "2025-02-25 10:00:00+00"),
    ),
    # Two events at one instant: the later number is the later event.
    (
        ("start", None, "basic", None, "2025-01-10 12:00:00+00"),
        ("upgrade", "basic", "premium", None, _SAME_INSTANT),
        ("downgrade", "premium", "standard", None, _SAME_INSTANT),
    ),
)


def plant(url: str) -> None:
    """Fill the empty database at a URL; plant the stories, plays that follow searches, and a bad day."""
    # No search leads to a play by itself: which ones do is planted.
    behaviour = Behaviour(search_plays=0.0)
    day = date.fromisoformat(PLANTED_DAY)
    spec = SimulationSpec(PRESETS["small"], PLANTED_SEED, day, days=_DAYS, behaviour=behaviour)
    simulate(PostgresServiceDatabase(url, asset("source/migrations")), spec, lambda _table, _rows: None)
    with psycopg.connect(url) as connection:
        connection.execute(_UNEVEN_PLAN)
        for number, story in enumerate(STORIES, 1):
            _tell(connection, 900_000 + 100 * number, story)
        _play_what_was_found(connection)
        connection.execute(_BAD_DAY)


def _tell(connection: psycopg.Connection, user: int, story: Sequence[Event]) -> None:
    """Add an account that stands where its story ends."""
    held = [after or before for _, before, after, _, _ in story]
    began = [at for kind, *_, at in story if kind in {"start", "reactivation"}]
    ended = story[-1][-1] if story[-1][0] == "cancellation" else None
    account = {"id": user, "plan": held[-1], "start": began[-1], "end": ended, "created": story[0][-1]}
    connection.execute(_USER, account)
    for number, (kind, before, after, reason, at) in enumerate(story):
        connection.execute(_EVENT, [user + number, user, kind, before, after, reason, at])


def _play_what_was_found(connection: psycopg.Connection) -> None:
    """Let titles that searches have opened be played: in time, at its very end, too late, and otherwise."""
    half_an_hour, instant = timedelta(minutes=30), timedelta(microseconds=1)
    searches = connection.execute(_CLICKED).fetchall()
    other = max(user for user, _, _ in searches) + 1
    waits: Sequence[tuple[timedelta, bool, bool]] = (
        (timedelta(0), True, True),
        (half_an_hour, True, True),
        (half_an_hour + instant, True, True),
        (-instant, True, True),
        (timedelta(minutes=1), False, True),
        (timedelta(minutes=1), True, False),
        (timedelta(minutes=2, microseconds=1999), True, True),
    )
    for (user, title, at), (wait, starts, is_own) in zip(searches, waits, strict=True):
        play = {"user": user if is_own else other, "title": title, "at": at + wait, "starts": starts}
        connection.execute(_PLAY, play)
    user, title, at = searches[-1]
    later = {"user": user, "title": title, "at": at + timedelta(minutes=9), "starts": True}
    connection.execute(_PLAY, later)
    assert datetime(2025, 3, 1, tzinfo=UTC) < min(at for _, _, at in searches)
