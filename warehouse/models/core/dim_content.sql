with

observed as (

    select * from {{ ref('stg_app__content_observed') }}

),

-- A title that left the catalogue stays, as it was last seen.
newest as (

    select * from observed

    qualify row_number() over (partition by content_id order by observed_from_date desc) = 1

)

select
    content_id,
    title,
    content_type,
    genre,
    subgenre,
    release_year,
    duration_minutes,
    content_rating,
    is_original,
    added_date,
    imdb_rating,
    director,
    main_actor

from newest
