{%- set start = 'partition by playback_date, breakdown, member' -%}

with

breakdowns as (

    select 'all' as breakdown

    union all

    select 'country' as breakdown

    union all

    select 'device' as breakdown

    union all

    select 'resolution' as breakdown

),

summed as (

    select * from {{ ref('agg_playback_daily') }}

),

experienced as (

    select
        summed.started_date as playback_date,
        breakdowns.breakdown,
        case breakdowns.breakdown
            when 'country' then summed.country_code
            when 'device' then summed.device_type
            when 'resolution' then summed.resolution
            else 'all'
        end as member,
        cast(sum(summed.attempts) as bigint) as attempts,
        cast(sum(summed.sessions) as bigint) as sessions,
        cast(sum(summed.start_failures) as bigint) as start_failures,
        cast(sum(summed.exits_before_start) as bigint) as exits_before_start,
        cast(sum(summed.playback_failures) as bigint) as playback_failures,
        cast(sum(summed.good_sessions) as bigint) as good_sessions,
        cast(sum(summed.buffered_sessions) as bigint) as buffered_sessions,
        cast(sum(summed.playing_seconds) as bigint) as playing_seconds,
        cast(sum(summed.buffering_seconds) as decimal(18, 3)) as buffering_seconds,
        cast(sum(summed.buffering_events) as bigint) as buffering_events,
        cast(coalesce(sum(summed.bitrate_kbps_seconds), 0) as bigint) as bitrate_kbps_seconds,
        cast(coalesce(sum(summed.startup_ms_sum), 0) as bigint) as startup_ms_sum

    from summed

    cross join breakdowns

    group by
        playback_date,
        breakdowns.breakdown,
        member

),

-- Percentiles cannot be added up. Counted to 10 ms, the start-up times of 100 million plays are some
-- millions of rows, which fit into memory; each play by itself would not.
startup_times as (

    select
        *,
        started_date as playback_date

    from {{ ref('agg_startup_times_daily') }}

),

ranked as (

    select
        playback_date,
        breakdown,
        member,
        startup_ms,
        sum(sessions) over ({{ start }} order by startup_ms) as sessions_up_to,
        sum(sessions) over ({{ start }}) as sessions

    from startup_times

),

percentiles as (

    select
        playback_date,
        breakdown,
        member,
        min(case when sessions_up_to * 100 >= sessions * 50 then startup_ms end) as startup_ms_p50,
        min(case when sessions_up_to * 100 >= sessions * 95 then startup_ms end) as startup_ms_p95

    from ranked

    group by
        playback_date,
        breakdown,
        member

)

select
    experienced.playback_date,
    experienced.breakdown,
    experienced.member,
    experienced.attempts,
    experienced.sessions,
    experienced.start_failures,
    experienced.exits_before_start,
    experienced.playback_failures,
    experienced.good_sessions,
    experienced.buffered_sessions,
    experienced.playing_seconds,
    experienced.buffering_seconds,
    experienced.buffering_events,
    experienced.bitrate_kbps_seconds,
    experienced.startup_ms_sum,
    percentiles.startup_ms_p50,
    percentiles.startup_ms_p95,
    {{ ratio('experienced.startup_ms_sum', 'experienced.sessions') }} as average_startup_ms,
    {{ ratio('experienced.start_failures', 'experienced.attempts') }} as start_failure_rate,
    {{ ratio('experienced.exits_before_start', 'experienced.attempts') }} as exit_before_start_rate,
    {{ ratio('experienced.playback_failures', 'experienced.sessions') }} as playback_failure_rate,
    {{ ratio('experienced.good_sessions', 'experienced.sessions') }} as good_session_rate,
    {{ ratio('experienced.buffered_sessions', 'experienced.sessions') }} as buffered_session_rate,
    {{
        ratio(
            'experienced.buffering_seconds',
            '(experienced.playing_seconds + experienced.buffering_seconds)'
        )
    }} as rebuffering_ratio,
    {{ ratio('3600 * experienced.buffering_events', 'experienced.playing_seconds') }}
        as buffering_events_per_hour,
    {{ ratio('experienced.bitrate_kbps_seconds', 'experienced.playing_seconds') }} as average_bitrate_kbps,
    {{
        ratio(
            'experienced.playing_seconds',
            "sum(case when experienced.breakdown = 'all' then experienced.playing_seconds end) over (
            partition by experienced.playback_date
        )"
        )
    }} as playing_time_share

from experienced

left join percentiles
    on
        experienced.playback_date = percentiles.playback_date
        and experienced.breakdown = percentiles.breakdown
        and experienced.member = percentiles.member
