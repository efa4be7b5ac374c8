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
        source.tags,

        -- measures
        source.duration_minutes,
        source.imdb_rating,

        -- times
        begun.batch_date as observed_from_date,
        ended.batch_date as observed_to_date,
        source.added_date

    from source

    inner join batches as begun on source._valid_from_batch = begun.batch_id

    left join batches as ended on source._valid_to_batch = ended.batch_id

)

select * from renamed
