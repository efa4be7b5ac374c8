-- Two days of a tiny service, as the load would leave them: the versions of its rows, with the batch that brought
-- each and the one that ended it.

insert into ops.batches
select
    batch_id, table_name, batch_id::date, 0, 0, 0, 0, 'sha', 'source',
    (batch_id || ' 23:00:00+00')::timestamptz, (batch_id || ' 23:30:00+00')::timestamptz, 'run', 'snapshot'
from
    (values ('2026-03-01'), ('2026-03-02')) as batches (batch_id),
    (
        values ('subscription_plans'), ('users'), ('subscription_events'), ('content'), ('episodes'),
        ('viewing_sessions'), ('episode_viewing'), ('ratings'), ('search_queries')
    ) as tables (table_name);

insert into raw.subscription_plans__versions by name
select
    '2026-03-01' as _valid_from_batch, id, code, code as name, price_cents, 'USD' as currency, billing_period,
    'HD' as max_resolution, 1 as max_streams, true as is_offered, timestamptz '2026-01-01 00:00:00+00' as created_at
from (
    values (1, 'free', 0, 'month'), (2, 'basic', 799, 'month'), (3, 'premium_annual', 17988, 'year')
) as plans (id, code, price_cents, billing_period);

-- On the second day user 1 has another plan, user 3 was deleted, and user 4 is back.
insert into raw.users__versions by name
select
    *, 'u' || id || '@example.com' as email, 'user' || id as username, 'A' as first_name, 'B' as last_name,
    '25-34' as age_group, 'card' as payment_method, 'tv' as device_preference,
    subscription_end is null as is_active
from (
    values
    ('2026-03-01', '2026-03-02', 1, 'FR', 'basic', timestamptz '2026-02-01 10:00:00+00', timestamptz '2026-02-01 10:00:00+00', null::timestamptz),
    ('2026-03-01', null, 2, 'US', 'free', '2026-02-10 00:30:00+02', '2026-02-27 08:00:00+00', null),
    ('2026-03-01', '2026-03-02', 3, 'DE', 'basic', '2026-01-05 10:00:00+00', '2026-01-05 10:00:00+00', null),
    ('2026-03-01', '2026-03-02', 4, 'DE', 'basic', '2026-02-10 00:00:00+00', '2026-02-10 00:00:00+00', '2026-02-20 00:00:00+00'),
    ('2026-03-02', null, 1, 'FR', 'premium_annual', '2026-02-01 10:00:00+00', '2026-02-01 10:00:00+00', null),
    ('2026-03-02', null, 4, 'DE', 'free', '2026-02-10 00:00:00+00', '2026-03-02 09:00:00+00', null)
) as users (_valid_from_batch, _valid_to_batch, id, country, subscription_plan, created_at, subscription_start, subscription_end);

insert into raw.subscription_events__versions by name
select
    '2026-03-02' as _valid_from_batch, id, user_id, event_type, from_plan_id, to_plan_id, 0 as amount_cents,
    case when event_type = 'cancellation' then 'voluntary' end as reason, occurred_at
from (
    values
    (1, 1, 'start', null, 2, timestamptz '2026-02-01 10:00:00+00'),
    (2, 1, 'renewal', 2, 2, '2026-03-01 10:00:00+00'),
    (3, 1, 'upgrade', 2, 3, '2026-03-02 10:00:00+00'),
    (4, 2, 'start', null, 1, '2026-02-27 08:00:00+00'),
    (5, 4, 'start', null, 2, '2026-02-10 00:00:00+00'),
    (6, 4, 'cancellation', 2, null, '2026-02-20 00:00:00+00'),
    (7, 4, 'reactivation', null, 1, '2026-03-02 09:00:00+00')
) as events (id, user_id, event_type, from_plan_id, to_plan_id, occurred_at);

-- Title 3 left the catalogue on the second day.
insert into raw.content__versions by name
select
    *, null as subgenre, 2020 as release_year, 90 as duration_minutes, null as director, null as main_actor,
    7.5 as imdb_rating, 'PG' as content_rating, false as is_original, date '2025-01-01' as added_date,
    ['FR', 'US'] as available_countries, null as description
from (
    values
    ('2026-03-01', null, 1, 'Alpha', 'film', 'Drama', ['slow', 'new', 'slow']),
    ('2026-03-01', '2026-03-02', 3, 'Gone', 'film', 'Drama', ['new', null]),
    ('2026-03-02', null, 2, 'Beta', 'series', 'Comedy', [])
) as content (_valid_from_batch, _valid_to_batch, id, title, content_type, genre, tags);

insert into raw.episodes__versions by name
select
    '2026-03-02' as _valid_from_batch, 1 as id, 2 as content_id, 1 as season_number, 1 as episode_number,
    'Pilot' as title, 1200 as duration_seconds, date '2025-01-01' as air_date;

-- In turn: over midnight; at the instant of the upgrade; a start failure whose local day is another than the
-- UTC day; an exit before start without a plan; a play from Namibia; and one that was deleted on the second day.
insert into raw.viewing_sessions__versions by name
select
    *, started_at + interval 2 hour as ended_at, startup_ms is not null as playback_started
from (
    values
    ('2026-03-02', null, 1, 1, 1, timestamptz '2026-03-01 23:59:59.5+00', 5400, 1.0000, 1500, null, 'tv', 'HD', 'FR', 0, 0.000, 5000),
    ('2026-03-02', null, 2, 1, 1, '2026-03-02 10:00:00+00', 29, 0.0054, 2500, null, 'mobile', '4K', 'FR', 2, 1.000, 9000),
    ('2026-03-02', null, 3, 2, 2, '2026-03-02 01:59:59+02', 0, 0.0000, null, 'network', 'tv', 'SD', 'US', 0, 0.000, null),
    ('2026-03-02', null, 4, 2, 2, '2026-02-20 12:00:00+00', 0, 0.0000, null, null, 'tablet', 'SD', 'US', 0, 0.000, null),
    ('2026-03-02', null, 5, 4, 2, '2026-03-02 09:00:00+00', 600, 0.5000, 1000, null, 'desktop', 'SD', 'NA', 0, 0.000, 1000),
    ('2026-03-01', '2026-03-02', 6, 3, 3, '2026-02-15 09:00:00+00', 600, 0.5000, 1000, null, 'desktop', 'SD', 'DE', 0, 0.000, 1000)
) as sessions (
    _valid_from_batch, _valid_to_batch, id, user_id, content_id, started_at, duration_seconds, completion_rate, startup_ms, error_code,
    device_type, resolution, country, buffering_events, buffering_seconds, average_bitrate_kbps
);

insert into raw.episode_viewing__versions by name
select
    '2026-03-02' as _valid_from_batch, 1 as id, 5 as session_id, 1 as episode_id, 4 as user_id,
    timestamptz '2026-03-02 09:00:01+00' as started_at, 600 as watched_seconds, false as is_completed;

insert into raw.ratings__versions by name
select *, null as comment
from (
    values
    ('2026-03-02', 1, 1, 1, 9, timestamptz '2026-03-02 10:30:00+00'),
    ('2026-03-02', 2, 2, 2, 4, '2026-02-21 10:30:00+00')
) as ratings (_valid_from_batch, id, user_id, content_id, score, rated_at);

insert into raw.search_queries__versions by name
select *
from (
    values
    ('2026-03-02', 1, 1, 'alpha', 3, 1, 2, 'tv', timestamptz '2026-03-02 09:59:00+00'),
    ('2026-03-02', 2, 2, 'zzz', 0, null, null, 'mobile', '2026-03-02 10:59:00+00')
) as searches (
    _valid_from_batch, id, user_id, query_text, results_count, clicked_content_id, clicked_position, device_type, searched_at
);
