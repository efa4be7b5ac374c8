"""What happens in the service between the first batch and the second.

Everything is chosen from the rows themselves, so that the same first day has the same second one.
"""

from dataclasses import dataclass

import psycopg

SECOND_DAY = "2024-07-01"

_UPGRADED = "select min(id) from users where subscription_plan = 'basic' and is_active"
_MOVED = "select max(id) from users where country <> 'JP' and is_active"
_ENDED = "select max(id) from users where subscription_plan = 'standard' and is_active and country <> 'JP'"
_REMOVED_TITLE = """
    select content_id from viewing_sessions
    where content_id not in (select content_id from episodes)
    group by content_id order by count(*), content_id limit 1
"""
_DELETED_RATING = "delete from ratings where id = (select min(id) from ratings) returning id"
_UPGRADE = """
    insert into subscription_events (
        user_id, event_type, from_plan_id, to_plan_id, amount_cents, occurred_at
    )
    select %s, 'upgrade', held.id, wanted.id, wanted.price_cents, timestamptz '2024-07-01 10:00:00+00'
    from subscription_plans as held, subscription_plans as wanted
    where held.code = 'basic' and wanted.code = 'premium_annual'
"""
_CANCELLATION = """
    insert into subscription_events (user_id, event_type, from_plan_id, reason, occurred_at)
    select %s, 'cancellation', id, 'payment_failed', timestamptz '2024-07-01 23:59:59+00'
    from subscription_plans where code = 'standard'
"""
_NOBODY = 999_999_999
_DROP_CHECKS = """
    do $$ declare name text; begin
        for name in select conname from pg_constraint
            where conrelid = 'viewing_sessions'::regclass and contype in ('c', 'f')
        loop execute format('alter table viewing_sessions drop constraint %I', name); end loop;
    end $$
"""
_BAD_SESSION = """
    insert into viewing_sessions (
        user_id, content_id, started_at, ended_at, duration_seconds, completion_rate, playback_started,
        startup_ms, device_type, resolution, country, average_bitrate_kbps
    )
    select coalesce(%s, user_id), content_id, started_at, started_at + %s, 1200, 0.5, true, 900, 'tv', 'HD',
        'BR', 4000
    from viewing_sessions order by id desc limit 1
    returning id
"""
_FOLLOWER = """
    insert into episode_viewing (session_id, episode_id, user_id, started_at, watched_seconds, is_completed)
    select %s, episode_id, user_id, started_at, 1200, false from episode_viewing order by id limit 1
    returning id
"""
_LATE_SESSION = """
    insert into viewing_sessions (
        user_id, content_id, started_at, ended_at, duration_seconds, completion_rate, playback_started,
        startup_ms, device_type, resolution, country, buffering_events, buffering_seconds,
        average_bitrate_kbps
    )
    select
        user_id, content_id, timestamptz '2024-06-20 23:59:59.999999+00', '2024-06-21 00:40:00+00', 2400,
        0.5, true, 900, 'console', '4K', 'NZ', 1, 1.250, 15000
    from viewing_sessions where id = (select min(id) from viewing_sessions)
    returning id
"""


@dataclass(frozen=True)
class Changes:
    """Name the rows that changed.

    Attributes:
        backwards: a session that ends before it starts.
        orphan: a session of a user who is not there.
        follower: an episode viewed in the session `backwards`.

    """

    upgraded_user: int
    moved_user: int
    ended_user: int
    deleted_rating: int
    removed_title: int
    late_session: int
    backwards: int
    orphan: int
    follower: int


def change(url: str) -> Changes:
    """Change the source as a day of life would, in one transaction; a fault lets some bad rows in."""
    with psycopg.connect(url) as connection:
        connection.execute(_DROP_CHECKS)
        backwards = _one(connection, _BAD_SESSION, None, "-1 hour")
        changes = Changes(
            upgraded_user=_one(connection, _UPGRADED),
            moved_user=_one(connection, _MOVED),
            ended_user=_one(connection, _ENDED),
            deleted_rating=_one(connection, _DELETED_RATING),
            removed_title=_one(connection, _REMOVED_TITLE),
            late_session=_one(connection, _LATE_SESSION),
            backwards=backwards,
            orphan=_one(connection, _BAD_SESSION, _NOBODY, "1 hour"),
            follower=_one(connection, _FOLLOWER, backwards),
        )
        _upgrade(connection, changes.upgraded_user)
        connection.execute("update users set country = 'JP' where id = %s", [changes.moved_user])
        _cancel(connection, changes.ended_user)
        _remove_title(connection, changes.removed_title)
    return changes


def _upgrade(connection: psycopg.Connection, user: int) -> None:
    connection.execute(_UPGRADE, [user])
    connection.execute("update users set subscription_plan = 'premium_annual' where id = %s", [user])


def _cancel(connection: psycopg.Connection, user: int) -> None:
    connection.execute(_CANCELLATION, [user])
    connection.execute(
        "update users set is_active = false, subscription_end = '2024-07-01 23:59:59+00' where id = %s",
        [user],
    )


def _remove_title(connection: psycopg.Connection, title: int) -> None:
    """Take a title out of the catalogue with all that refers to it, as a service that must forget it does."""
    connection.execute(
        "update search_queries set clicked_content_id = null, clicked_position = null"
        " where clicked_content_id = %s",
        [title],
    )
    connection.execute("delete from ratings where content_id = %s", [title])
    connection.execute("delete from viewing_sessions where content_id = %s", [title])
    connection.execute("delete from content where id = %s", [title])


def _one(connection: psycopg.Connection, query: str, *values: object) -> int:
    row = connection.execute(query.encode(), values).fetchone()
    assert row is not None
    value: int = row[0]
    return value
