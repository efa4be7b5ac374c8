with

source as (

    select * from {{ source('app', 'content') }}

),

batches as (

    select
        batch_id,
        batch_date

    from {{ source('ops', 'batches') }}

    where table_name = 'content'

),

renamed as (

    select
        -- ids
        source.id as content_id,

        -- attributes
        source.title,
        source.content_type,
        source.genre,
        source.subgenre,
        source.content_rating,
        source.is_original,
        source.director,
        source.main_actor,
        source.release_year,

        -- measures
        source.duration_minutes,
        source.imdb_rating,

        -- times
        batches.batch_date as observed_date,
        source.added_date

    from source

    inner join batches on source._batch_id = batches.batch_id

)

select * from renamed
