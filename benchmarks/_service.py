"""A service of any size in RAW, as the load would leave it: a year of it, and one day more."""

from pathlib import Path

import duckdb

from streamvision.adapters.contracts.yaml_files import read_contracts
from streamvision.adapters.warehouse.duckdb.tables import create_fixed_tables, create_tables
from streamvision.assets import asset

YEAR, DAY_MORE = "2025-12-31", "2026-01-01"
"""The batches: the first has all of the year, the second the day that follows it."""
_DAYS = 365
_SESSIONS_OF_A_USER = 50
# In a day, one of so many sessions is corrected, and one deleted, wherever it is in the year.
_CORRECTED, _DELETED = 20_000, 40_000
_BATCHES = """
    insert into ops.batches
    select '{batch}', replace(table_name, '__versions', ''), date '{batch}', 0, 0, 0, 0, 'sha', 'benchmark',
        timestamptz '{batch} 23:00:00Z', timestamptz '{batch} 23:30:00Z', 'run-{batch}', 'changes'
    from duckdb_tables() where schema_name = 'raw' and suffix(table_name, '__versions')
"""
_CATALOGUE = """
insert into raw.subscription_plans__versions by name
select '{batch}' as _valid_from_batch, *, 'USD' as currency, 'HD' as max_resolution, 2 as max_streams,
    true as is_offered, timestamptz '2020-01-01 00:00:00Z' as created_at
from (values (1, 'free', 'Free', 0, 'month'), (2, 'basic', 'Basic', 799, 'month'),
    (3, 'standard', 'Standard', 1299, 'month'), (4, 'premium', 'Premium', 1799, 'month'),
    (5, 'premium_annual', 'Premium, a year', 17988, 'year')
) as plans (id, code, name, price_cents, billing_period);

insert into raw.content__versions by name
select '{batch}' as _valid_from_batch, i as id, 'Title ' || i as title,
    ['film', 'series', 'documentary'][1 + i % 3] as content_type, 'Genre ' || i % 12 as genre,
    case when i % 3 = 0 then 'Finer ' || i % 40 end as subgenre, 1990 + i % 35 as release_year,
    60 + i % 60 as duration_minutes, 'PG' as content_rating, i % 4 = 0 as is_original,
    date '2024-01-01' as added_date, ['FR'] as available_countries,
    ['tag ' || i % 30, 'tag ' || i % 7] as tags
from range(2000) as titles (i);

insert into raw.episodes__versions by name
select '{batch}' as _valid_from_batch, i as id, 1 + i % 666 * 3 as content_id, 1 as season_number,
    1 + i // 666 as episode_number, 'Episode ' || i as title, 1800 as duration_seconds,
    date '2024-01-01' as air_date
from range(5000) as episodes (i);

insert into raw.users__versions by name
select '{batch}' as _valid_from_batch, i as id, 'u' || i || '@example.com' as email, 'u' || i as username,
    'First' as first_name, 'Last' as last_name, ['FR', 'US', 'DE', 'BR', 'JP', 'IN'][1 + i % 6] as country,
    '25-34' as age_group, ['basic', 'standard', 'premium', 'premium_annual'][1 + i % 4] as subscription_plan,
    timestamptz '2024-12-01 00:00:00Z' + to_minutes(i % 40000) as subscription_start,
    timestamptz '2024-12-01 00:00:00Z' + to_minutes(i % 40000) as created_at, true as is_active,
    'card' as payment_method, 'tv' as device_preference
from range({users}) as users (i);

insert into raw.subscription_events__versions by name
select '{batch}' as _valid_from_batch, u.i * 12 + k as id, u.i as user_id,
    case k when 0 then 'start' when 6 then 'upgrade' else 'renewal' end as event_type,
    case when k > 6 then 2 + u.i % 4 when k > 0 then 1 end as from_plan_id,
    case when k >= 6 then 2 + u.i % 4 else 1 end as to_plan_id, 0 as amount_cents,
    timestamptz '2024-12-01 00:00:00Z' + to_minutes(u.i % 40000)
    + to_days(cast(k * 30 as integer)) as occurred_at
from range({users}) as u (i), range(12) as events (k);
"""
_EVENTS = """
insert into raw.viewing_sessions__versions by name
select '{batch}' as _valid_from_batch, i as id, mixed(i) % {users} as user_id,
    mixed(i + 1) % 2000 as content_id,
    started_at, started_at + interval 40 minute as ended_at,
    case when i % 50 = 0 then 0 else mixed(i + 2) % 2400 end as duration_seconds,
    case when i % 50 = 0 then 0 else (mixed(i + 2) % 2400 / 2400.0)::decimal(5, 4) end as completion_rate,
    i % 50 <> 0 as playback_started, case when i % 50 <> 0 then 300 + mixed(i + 3) % 4000 end as startup_ms,
    case when i % 100 = 0 then 'network' end as error_code,
    ['tv', 'mobile', 'tablet', 'desktop', 'console'][1 + mixed(i + 4) % 5] as device_type,
    ['SD', 'HD', 'Full HD', '4K'][1 + mixed(i + 5) % 4] as resolution,
    ['FR', 'US', 'DE', 'BR', 'JP', 'IN'][1 + mixed(i) % {users} % 6] as country,
    mixed(i + 6) % 3 as buffering_events, (mixed(i + 6) % 9000 / 1000.0)::decimal(9, 3) as buffering_seconds,
    case when i % 50 <> 0 then 1000 + mixed(i + 7) % 9000 end as average_bitrate_kbps
from (
    select i, timestamptz '2025-01-01 00:00:00Z' + to_microseconds(i * {gap}) as started_at
    from range({first}, {end}) as sessions (i)
);

insert into raw.episode_viewing__versions by name
select '{batch}' as _valid_from_batch, i // 10 as id, i as session_id, mixed(i) % 5000 as episode_id,
    mixed(i) % {users} as user_id,
    timestamptz '2025-01-01 00:00:00Z' + to_microseconds(i * {gap}) as started_at,
    900 as watched_seconds, i % 20 = 0 as is_completed
from range({first}, {end}, 10) as viewings (i);

insert into raw.ratings__versions by name
select '{batch}' as _valid_from_batch, i // 20 as id, i // 20 % {users} as user_id,
    i // 20 // {users} + i // 20 % {users} % 1000 as content_id, 1 + i // 20 % 10 as score,
    timestamptz '2025-01-01 00:00:00Z' + to_microseconds(i * {gap}) as rated_at
from range({first}, {end}, 20) as ratings (i);

insert into raw.search_queries__versions by name
select '{batch}' as _valid_from_batch, i // 20 as id, mixed(i) % {users} as user_id,
    'title ' || i % 99 as query_text,
    3 as results_count, case when i % 3 = 0 then mixed(i) % 2000 end as clicked_content_id,
    case when i % 3 = 0 then 1 end as clicked_position, 'tv' as device_type,
    timestamptz '2025-01-01 00:00:00Z' + to_microseconds(i * {gap}) as searched_at
from range({first}, {end}, 20) as searches (i);
"""
# Of the users one in twenty logs in again, one in five hundred moves, and one in thirty renews a plan.
_CHANGES = """
create temporary table again as
select * replace (
    '{batch}' as _valid_from_batch,
    timestamptz '{batch} 12:00:00Z' as last_login,
    case when id % 500 = 0 then 'NZ' else country end as country
) from raw.users__versions where id % 20 = 0;
update raw.users__versions set _valid_to_batch = '{batch}' where id % 20 = 0;
insert into raw.users__versions from again;

insert into raw.subscription_events__versions by name
select '{batch}' as _valid_from_batch, 12 * {users} + i as id, i as user_id, 'renewal' as event_type,
    2 + i % 4 as from_plan_id, 2 + i % 4 as to_plan_id, 0 as amount_cents,
    timestamptz '{batch} 10:00:00Z' as occurred_at
from range(0, {users}, 30) as users (i);

create temporary table corrected as
select * replace ('{batch}' as _valid_from_batch, started_at - interval 1 day as started_at)
from raw.viewing_sessions__versions where id % {corrected} = 7 and _valid_from_batch < '{batch}';
update raw.viewing_sessions__versions set _valid_to_batch = '{batch}'
where _valid_from_batch < '{batch}' and (id % {corrected} = 7 or id % {deleted} = 33);
insert into raw.viewing_sessions__versions from corrected;
"""


def make_year(path: Path, sessions: int) -> None:
    """Write a warehouse with a year of so many sessions, in the place of what was there."""
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("set timezone = 'UTC'; set preserve_insertion_order = true")
        create_fixed_tables(connection)
        for contract in read_contracts(asset("contracts")):
            create_tables(connection, contract)
        _say(connection, _BATCHES + ";" + _CATALOGUE + _EVENTS, YEAR, sessions, 0, sessions)


def add_day(path: Path, sessions: int) -> None:
    """Let a day more come: as many sessions as on another, corrections, deletions, and what users do."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("set timezone = 'UTC'")
        text = _BATCHES + ";" + _EVENTS + _CHANGES
        _say(connection, text, DAY_MORE, sessions, sessions, sessions + sessions // _DAYS)


def _say(
    connection: duckdb.DuckDBPyConnection, text: str, batch: str, sessions: int, first: int, end: int
) -> None:
    values = {
        "batch": batch,
        "users": max(sessions // _SESSIONS_OF_A_USER, 1000),
        "gap": _DAYS * 86_400_000_000 // sessions,
        "first": -(-first // 100) * 100,
        "end": end,
        "corrected": _CORRECTED,
        "deleted": _DELETED,
    }
    connection.execute("create temporary macro mixed(number) as cast(hash(number) // 2 as bigint)")
    connection.execute(text.format(**values))
