with

source as (

    select * from {{ source('app', 'episode_viewing') }}

    where _valid_to_batch is null

),

renamed as (

    select
        -- ids
        id as episode_viewing_id,
        session_id,
        episode_id,
        user_id,

        -- attributes
        is_completed,

        -- measures
        watched_seconds as watch_seconds,

        -- times
        {{ to_utc('started_at') }} as started_at

    from source

)

select * from renamed
