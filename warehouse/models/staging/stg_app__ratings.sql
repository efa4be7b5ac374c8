with

source as (

    select * from {{ source('app', 'ratings') }}

    where _batch_id = {{ newest_batch() }}

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
