with

summed as (

    select
        started_date,
        country_code,
        device_type,
        resolution,
        sum(change_sign) as attempts,
        sum(case when is_play then change_sign else 0 end) as sessions,
        sum(case when is_start_failure then change_sign else 0 end) as start_failures,
        sum(case when is_exit_before_start then change_sign else 0 end) as exits_before_start,
        sum(case when is_play and error_code is not null then change_sign else 0 end) as playback_failures,
        sum(case when is_good_session then change_sign else 0 end) as good_sessions,
        sum(case when is_play and not is_good_session then change_sign else 0 end) as poor_sessions,
        sum(case when buffering_events > 0 then change_sign else 0 end) as buffered_sessions,
        sum(change_sign * watch_seconds) as playing_seconds,
        sum(change_sign * buffering_seconds) as buffering_seconds,
        sum(change_sign * buffering_events) as buffering_events,
        sum(
            coalesce(change_sign * cast(average_bitrate_kbps as bigint) * watch_seconds, 0)
        ) as bitrate_kbps_seconds,
        sum(coalesce(change_sign * startup_ms, 0)) as startup_ms_sum

    from {{ sessions_to_count(ref('fct_viewing_sessions'), ref('chg_viewing_sessions')) }} as sessions

    group by
        started_date,
        country_code,
        device_type,
        resolution

    {{ and_what_was_there([
        'started_date',
        'country_code',
        'device_type',
        'resolution',
        'attempts',
        'sessions',
        'start_failures',
        'exits_before_start',
        'playback_failures',
        'good_sessions',
        'poor_sessions',
        'buffered_sessions',
        'playing_seconds',
        'buffering_seconds',
        'buffering_events',
        'bitrate_kbps_seconds',
        'startup_ms_sum',
    ]) }}

)

select
    started_date,
    country_code,
    device_type,
    resolution,
    cast(sum(attempts) as bigint) as attempts,
    cast(sum(sessions) as bigint) as sessions,
    cast(sum(start_failures) as bigint) as start_failures,
    cast(sum(exits_before_start) as bigint) as exits_before_start,
    cast(sum(playback_failures) as bigint) as playback_failures,
    cast(sum(good_sessions) as bigint) as good_sessions,
    cast(sum(poor_sessions) as bigint) as poor_sessions,
    cast(sum(buffered_sessions) as bigint) as buffered_sessions,
    cast(sum(playing_seconds) as bigint) as playing_seconds,
    cast(sum(buffering_seconds) as decimal(18, 3)) as buffering_seconds,
    cast(sum(buffering_events) as bigint) as buffering_events,
    cast(sum(bitrate_kbps_seconds) as bigint) as bitrate_kbps_seconds,
    cast(sum(startup_ms_sum) as bigint) as startup_ms_sum

from summed

group by
    started_date,
    country_code,
    device_type,
    resolution

having sum(attempts) <> 0
