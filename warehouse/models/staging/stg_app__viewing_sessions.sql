with

source as (

    select * from {{ source('app', 'viewing_sessions') }}

    where _valid_to_batch is null

),

renamed as (

    select
        -- ids
        id as session_id,
        user_id,
        content_id,

        -- attributes
        country as country_code,
        device_type,
        resolution,
        playback_started as is_playback_started,
        error_code,

        -- measures
        duration_seconds as watch_seconds,
        completion_rate,
        startup_ms,
        buffering_events,
        buffering_seconds,
        average_bitrate_kbps,

        -- times
        {{ to_utc('started_at') }} as started_at,
        {{ to_utc('ended_at') }} as ended_at

    from source

)

select * from renamed
