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
    titles.title,
    titles.genre,
    ratings.country_code,
    ratings.plan_code,
    cast(count(*) as bigint) as ratings,
    cast(sum(ratings.score) as bigint) as score_sum

from ratings

left join titles on ratings.content_id = titles.content_id

group by
    ratings.rated_date,
    ratings.content_id,
    titles.title,
    titles.genre,
    ratings.country_code,
    ratings.plan_code
