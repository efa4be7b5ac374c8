with

plays as (

    select * from {{ ref('fct_viewing_sessions') }}

    where is_play

),

titles as (

    select * from {{ ref('dim_content') }}

)

select
    plays.started_date as viewing_date,
    plays.user_id,
    plays.country_code,
    plays.plan_code,
    titles.genre,
    plays.device_type,
    cast(count(*) as bigint) as sessions,
    cast(sum(plays.watch_seconds) as bigint) as watch_seconds

from plays

left join titles on plays.content_id = titles.content_id

group by
    plays.started_date,
    plays.user_id,
    plays.country_code,
    plays.plan_code,
    titles.genre,
    plays.device_type
