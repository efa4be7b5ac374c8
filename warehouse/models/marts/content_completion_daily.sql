{{
    config(
        materialized='incremental',
        pre_hook="{{ take_out_touched(
            [
                ('performance_date', 'started_date'),
                ('content_id', 'content_id'),
            ],
            ref('chg_viewing_sessions')
        ) }}"
    )
}}

with

attempts as (

    select * from {{ ref('fct_viewing_sessions') }}

    {{ only_touched(['started_date', 'content_id'], ref('chg_viewing_sessions')) }}

),

plays as (

    select
        started_date,
        content_id,
        country_code,
        device_type,
        plan_code,
        cast(floor(completion_rate * 100) as smallint) as completion_percent

    from attempts

    where is_play

),

titles as (

    select * from {{ ref('dim_content') }}

),

counted as (

    select
        started_date,
        content_id,
        country_code,
        device_type,
        plan_code,
        completion_percent,
        cast(count(*) as bigint) as sessions

    from plays

    group by
        started_date,
        content_id,
        country_code,
        device_type,
        plan_code,
        completion_percent

)

select
    counted.started_date as performance_date,
    counted.content_id,
    titles.genre,
    counted.country_code,
    counted.device_type,
    counted.plan_code,
    counted.completion_percent,
    counted.sessions

from counted

left join titles on counted.content_id = titles.content_id
