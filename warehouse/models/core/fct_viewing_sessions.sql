{{
    config(
        materialized='incremental',
        pre_hook=[
            "{{ keep_changed_before('session_id', ref('int_viewing_sessions_changed')) }}",
            "{{ take_out_changed('session_id', ref('int_viewing_sessions_changed')) }}"
        ]
    )
}}

with

sessions as (

    select * from {{ ref('stg_app__viewing_sessions') }}

    {{ only_changed('session_id', ref('int_viewing_sessions_changed')) }}

),

plan_periods as (

    select * from {{ ref('int_plan_periods') }}

),

classified as (

    select
        *,
        cast(started_at as date) as started_date,
        is_playback_started as is_play,
        is_playback_started and watch_seconds >= {{ var('valid_play_seconds') }} as is_valid_play,
        not is_playback_started and error_code is not null as is_start_failure,
        not is_playback_started and error_code is null as is_exit_before_start

    from sessions

),

judged as (

    select
        *,
        is_valid_play and completion_rate >= {{ var('completed_share') }} as is_completed,
        -- Multiplied out, so that no division meets a play that was left at once: such a play has no
        -- rebuffering ratio and is not good.
        coalesce(
            is_play
            and error_code is null
            and startup_ms <= {{ var('good_startup_ms') }}
            and buffering_seconds
            < {{ var('good_rebuffering_ratio') }} * (watch_seconds + buffering_seconds),
            false
        ) as is_good_session

    from classified

)

select
    judged.session_id,
    judged.user_id,
    judged.content_id,
    coalesce(plan_periods.plan_code, 'none') as plan_code,
    judged.country_code,
    judged.device_type,
    judged.resolution,
    judged.started_at,
    judged.ended_at,
    judged.started_date,
    judged.is_play,
    judged.is_valid_play,
    judged.is_completed,
    judged.is_start_failure,
    judged.is_exit_before_start,
    judged.is_good_session,
    judged.watch_seconds,
    judged.completion_rate,
    judged.startup_ms,
    judged.error_code,
    -- What an attempt waits for before a first frame is start-up, and not an interruption.
    case when judged.is_play then judged.buffering_events else 0 end as buffering_events,
    cast(
        case when judged.is_play then judged.buffering_seconds else 0 end as decimal(9, 3)
    ) as buffering_seconds,
    judged.average_bitrate_kbps

from judged

left join plan_periods
    on
        judged.user_id = plan_periods.user_id
        and judged.started_at >= plan_periods.valid_from
        and (plan_periods.valid_to is null or judged.started_at < plan_periods.valid_to)
