{{
    config(
        materialized='incremental',
        pre_hook="{{ take_out_touched(
            [
                ('viewing_date', 'started_date'),
                ('user_id', 'user_id'),
            ],
            ref('chg_viewing_sessions')
        ) }}"
    )
}}

with

attempts as (

    select * from {{ ref('fct_viewing_sessions') }}

    {{ only_touched(['started_date', 'user_id'], ref('chg_viewing_sessions')) }}

),

plays as (

    select * from attempts

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
