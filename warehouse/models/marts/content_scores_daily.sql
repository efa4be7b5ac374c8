with

ratings as (

    select * from {{ ref('fct_ratings') }}

),

titles as (

    select * from {{ ref('dim_content') }}

)

select
    ratings.rated_date as rating_date,
    ratings.content_id,
    titles.genre,
    ratings.country_code,
    ratings.plan_code,
    ratings.score,
    cast(count(*) as bigint) as ratings

from ratings

left join titles on ratings.content_id = titles.content_id

group by
    ratings.rated_date,
    ratings.content_id,
    titles.genre,
    ratings.country_code,
    ratings.plan_code,
    ratings.score
