-- The windows that end on the last day, counted the long way for every value. A window whose sum has gone
-- wrong once stays wrong to the end.
with

last_day as (

    select max(started_date) as last_date

    from {{ ref('fct_viewing_sessions') }}

),

plays as (

    select
        sessions.user_id,
        sessions.country_code,
        sessions.plan_code,
        sessions.device_type,
        titles.genre,
        last_day.last_date - sessions.started_date as days_back

    from {{ ref('fct_viewing_sessions') }} as sessions

    inner join last_day on sessions.started_date > last_day.last_date - 28

    left join {{ ref('dim_content') }} as titles on sessions.content_id = titles.content_id

    where sessions.is_play

),

viewers as (

    select
        'country' as breakdown,
        country_code as breakdown_value,
        user_id,
        min(days_back) as last_days_back

    from plays

    group by
        country_code,
        user_id

    union all

    select
        'plan' as breakdown,
        plan_code as breakdown_value,
        user_id,
        min(days_back) as last_days_back

    from plays

    group by
        plan_code,
        user_id

    union all

    select
        'device' as breakdown,
        device_type as breakdown_value,
        user_id,
        min(days_back) as last_days_back

    from plays

    group by
        device_type,
        user_id

    union all

    select
        'genre' as breakdown,
        genre as breakdown_value,
        user_id,
        min(days_back) as last_days_back

    from plays

    group by
        genre,
        user_id

),

counted as (

    select
        breakdown,
        breakdown_value,
        count_if(last_days_back < 1) as dau,
        count_if(last_days_back < 7) as wau,
        count(*) as mau

    from viewers

    group by
        breakdown,
        breakdown_value

),

shown as (

    select active_viewers.*

    from {{ ref('active_viewers_daily') }} as active_viewers

    inner join last_day on active_viewers.activity_date = last_day.last_date

    where active_viewers.mau > 0

)

select
    coalesce(shown.breakdown, counted.breakdown) as breakdown,
    coalesce(shown.breakdown_value, counted.breakdown_value) as breakdown_value,
    shown.dau,
    counted.dau as counted_dau,
    shown.wau,
    counted.wau as counted_wau,
    shown.mau,
    counted.mau as counted_mau

from shown

full outer join counted
    on
        shown.breakdown = counted.breakdown
        and shown.breakdown_value = counted.breakdown_value

where
    coalesce(shown.dau, -1) <> coalesce(counted.dau, -1)
    or coalesce(shown.wau, -1) <> coalesce(counted.wau, -1)
    or coalesce(shown.mau, -1) <> coalesce(counted.mau, -1)
