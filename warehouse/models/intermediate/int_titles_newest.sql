with

observed as (

    select * from {{ ref('stg_app__content_observed') }}

)

-- A title that left the catalogue stays, as it was last seen.
select
    content_id,
    title,
    content_type,
    genre,
    subgenre,
    content_rating,
    is_original,
    director,
    main_actor,
    release_year,
    tags,
    duration_minutes,
    imdb_rating,
    observed_from_date,
    observed_to_date,
    added_date

from observed

qualify row_number() over (partition by content_id order by observed_from_date desc) = 1
