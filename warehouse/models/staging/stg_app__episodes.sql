with

source as (

    select * from {{ source('app', 'episodes') }}

    where _batch_id = {{ newest_batch() }}

),

renamed as (

    select
        -- ids
        id as episode_id,
        content_id,

        -- attributes
        title as episode_title,
        season_number,
        episode_number,

        -- measures
        duration_seconds,

        -- times
        air_date

    from source

)

select * from renamed
