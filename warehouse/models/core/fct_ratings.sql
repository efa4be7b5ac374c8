{{
    config(
        materialized='incremental',
        pre_hook="{{ take_out_changed('rating_id', ref('int_ratings_changed')) }}"
    )
}}

with

ratings as (

    select * from {{ ref('stg_app__ratings') }}

    {{ only_changed('rating_id', ref('int_ratings_changed')) }}

),

users as (

    select * from {{ ref('stg_app__users') }}

),

plan_periods as (

    select * from {{ ref('int_plan_periods') }}

)

select
    ratings.rating_id,
    ratings.user_id,
    ratings.content_id,
    coalesce(plan_periods.plan_code, 'none') as plan_code,
    users.country_code,
    ratings.score,
    ratings.rated_at,
    cast(ratings.rated_at as date) as rated_date

from ratings

left join users on ratings.user_id = users.user_id

left join plan_periods
    on
        ratings.user_id = plan_periods.user_id
        and ratings.rated_at >= plan_periods.valid_from
        and (plan_periods.valid_to is null or ratings.rated_at < plan_periods.valid_to)
