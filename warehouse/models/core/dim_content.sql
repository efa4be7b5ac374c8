{{ config(pre_hook="{{ keep_before() }}") }}

with

titles as (

    select * from {{ ref('int_titles_newest') }}

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
    main_actor,
    observed_to_date is null as is_available,
    observed_to_date as removed_date

from titles
