with

source as (

    select * from {{ source('app', 'episodes') }}

    where _valid_to_batch is null

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
