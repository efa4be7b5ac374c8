with

source as (

    select * from {{ source('app', 'ratings') }}

    where _valid_to_batch is null

),

renamed as (

    select
        -- ids
        id as rating_id,
        user_id,
        content_id,

        -- attributes
        comment,

        -- measures
        score,

        -- times
        {{ to_utc('rated_at') }} as rated_at

    from source

)

select * from renamed
