{%- set weight = var('bayesian_weight') -%}

with

titles as (

    select * from {{ ref('dim_content') }}

),

viewing as (

    select * from {{ ref('agg_titles') }}

),

rated as (

    select
        content_id,
        count(*) as ratings,
        sum(score) as score_sum

    from {{ ref('fct_ratings') }}

    group by content_id

),

all_rated as (

    select {{ ratio('sum(score)', 'count(*)') }} as mean_score

    from {{ ref('fct_ratings') }}

),

-- A count or a sum over nothing is 0; the ratios below are NULL then.
counted as (

    select
        titles.*,
        cast(coalesce(viewing.attempts, 0) as bigint) as attempts,
        cast(coalesce(viewing.sessions, 0) as bigint) as sessions,
        cast(coalesce(viewing.unique_viewers, 0) as bigint) as unique_viewers,
        cast(coalesce(viewing.valid_sessions, 0) as bigint) as valid_sessions,
        cast(coalesce(viewing.watch_seconds, 0) as bigint) as watch_seconds,
        cast(coalesce(viewing.completion_rate_sum, 0) as decimal(18, 4)) as completion_rate_sum,
        cast(coalesce(viewing.completed_sessions, 0) as bigint) as completed_sessions,
        cast(coalesce(rated.ratings, 0) as bigint) as ratings,
        cast(coalesce(rated.score_sum, 0) as bigint) as score_sum

    from titles

    left join viewing on titles.content_id = viewing.content_id

    left join rated on titles.content_id = rated.content_id

)

select
    counted.content_id,
    counted.title,
    counted.content_type,
    counted.genre,
    counted.subgenre,
    counted.release_year,
    counted.is_original,
    counted.attempts,
    counted.sessions,
    counted.unique_viewers,
    counted.valid_sessions,
    counted.watch_seconds,
    counted.completion_rate_sum,
    {{ ratio('counted.completion_rate_sum', 'counted.valid_sessions') }} as completion_rate,
    counted.completed_sessions,
    {{ ratio('counted.completed_sessions', 'counted.valid_sessions') }} as completed_share,
    counted.ratings,
    counted.score_sum,
    {{ ratio('counted.score_sum', 'counted.ratings') }} as average_rating,
    ({{ weight }} * all_rated.mean_score + counted.score_sum)
    / ({{ weight }} + counted.ratings) as bayesian_rating

from counted

cross join all_rated
