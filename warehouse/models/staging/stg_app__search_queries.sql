with

source as (

    select * from {{ source('app', 'search_queries') }}

    where _valid_to_batch is null

),

renamed as (

    select
        -- ids
        id as search_id,
        user_id,
        clicked_content_id,

        -- attributes
        query_text,
        device_type,

        -- measures
        results_count,
        clicked_position,

        -- times
        {{ to_utc('searched_at') }} as searched_at

    from source

)

select * from renamed
