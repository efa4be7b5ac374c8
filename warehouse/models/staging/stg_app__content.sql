with

source as (

    select * from {{ source('app', 'content') }}

    where _valid_to_batch is null

),

renamed as (

    select
        -- ids
        id as content_id,

        -- attributes
        title,
        content_type,
        genre,
        subgenre,
        content_rating,
        is_original,
        director,
        main_actor,
        release_year,
        available_countries,
        tags,
        description,

        -- measures
        duration_minutes,
        imdb_rating,

        -- times
        added_date

    from source

)

select * from renamed
