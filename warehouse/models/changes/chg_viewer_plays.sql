{#- No figure of a viewer's day depends on days that are farther away, before or after. -#}
{%- set days_around = 31 -%}

with

changed as (

    select * from {{ ref('chg_viewing_sessions') }}

    where is_play

),

touched as (

    select
        user_id,
        {{ add_days('min(started_date)', -days_around) }} as first_date,
        {{ add_days('max(started_date)', days_around) }} as last_date

    from changed

    group by user_id

),

unchanged as (

    select
        sessions.user_id,
        sessions.content_id,
        sessions.started_date,
        sessions.country_code,
        sessions.plan_code,
        sessions.device_type,
        sessions.watch_seconds,
        sessions.is_valid_play,
        sessions.completion_rate,
        titles.genre,
        titles.is_original

    from {{ ref('fct_viewing_sessions') }} as sessions

    inner join touched
        on
            sessions.user_id = touched.user_id
            and sessions.started_date between touched.first_date and touched.last_date

    left join {{ ref('dim_content') }} as titles on sessions.content_id = titles.content_id

    where
        sessions.is_play
        and sessions.session_id not in (
            select changed.session_id
            from changed
            where changed.change_sign = 1
        )

),

signs as (

    select -1 as change_sign

    union all

    select 1 as change_sign

)

select
    signs.change_sign,
    unchanged.*

from unchanged

cross join signs

union all

select
    change_sign,
    user_id,
    content_id,
    started_date,
    country_code,
    plan_code,
    device_type,
    watch_seconds,
    is_valid_play,
    completion_rate,
    genre,
    is_original

from changed
