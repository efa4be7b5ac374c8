{{
    config(
        materialized='incremental',
        pre_hook="{{ take_out_touched(
            [
                ('playback_date', 'started_date'),
                ('country_code', 'country_code'),
                ('device_type', 'device_type'),
                ('plan_code', 'plan_code'),
                ('resolution', 'resolution'),
            ],
            ref('chg_viewing_sessions')
        ) }}"
    )
}}

with

attempts as (

    select * from {{ ref('fct_viewing_sessions') }}

    {{ only_touched(
        ['started_date', 'country_code', 'device_type', 'plan_code', 'resolution'],
        ref('chg_viewing_sessions')
    ) }}

),

titles as (

    select * from {{ ref('dim_content') }}

),

summed as (

    select
        attempts.started_date as playback_date,
        attempts.device_type,
        attempts.resolution,
        attempts.country_code,
        attempts.plan_code,
        titles.genre,
        cast(count(*) as bigint) as attempts,
        cast(count_if(attempts.is_play) as bigint) as sessions,
        cast(count_if(attempts.is_start_failure) as bigint) as start_failures,
        cast(count_if(attempts.is_exit_before_start) as bigint) as exits_before_start,
        cast(count_if(attempts.is_good_session) as bigint) as good_sessions,
        cast(sum(attempts.watch_seconds) as bigint) as playing_seconds,
        cast(sum(attempts.buffering_seconds) as decimal(18, 3)) as buffering_seconds,
        cast(sum(attempts.buffering_events) as bigint) as buffering_events,
        -- Only a play has a bitrate and a start-up time: what never played adds nothing to either sum.
        cast(
            coalesce(sum(cast(attempts.average_bitrate_kbps as bigint) * attempts.watch_seconds), 0) as bigint
        ) as bitrate_kbps_seconds,
        cast(coalesce(sum(attempts.startup_ms), 0) as bigint) as startup_ms_sum

    from attempts

    left join titles on attempts.content_id = titles.content_id

    group by
        attempts.started_date,
        attempts.device_type,
        attempts.resolution,
        attempts.country_code,
        attempts.plan_code,
        titles.genre

)

select
    *,
    {{ ratio('buffering_seconds', '(playing_seconds + buffering_seconds)') }} as rebuffering_ratio,
    {{ ratio('bitrate_kbps_seconds', 'playing_seconds') }} as average_bitrate_kbps

from summed
