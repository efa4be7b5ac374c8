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

titles as (

    select * from {{ ref('dim_content') }}

)

select
    attempts.started_date as performance_date,
    attempts.content_id,
    titles.title,
    titles.content_type,
    titles.genre,
    attempts.country_code,
    attempts.device_type,
    attempts.plan_code,
    cast(count(*) as bigint) as attempts,
    cast(count_if(attempts.is_play) as bigint) as sessions,
    cast(count_if(attempts.is_valid_play) as bigint) as valid_sessions,
    cast(sum(attempts.watch_seconds) as bigint) as watch_seconds,
    cast(
        sum(case when attempts.is_valid_play then attempts.completion_rate else 0 end) as decimal(18, 4)
    ) as completion_rate_sum,
    cast(count_if(attempts.is_completed) as bigint) as completed_sessions

from attempts

left join titles on attempts.content_id = titles.content_id

group by
    attempts.started_date,
    attempts.content_id,
    titles.title,
    titles.content_type,
    titles.genre,
    attempts.country_code,
    attempts.device_type,
    attempts.plan_code
