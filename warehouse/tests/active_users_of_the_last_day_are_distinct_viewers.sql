-- The windows that end on the last day, counted the long way. A window whose sum has gone wrong once stays
-- wrong to the end.
with

last_day as (

    select max(started_date) as last_date

    from {{ ref('fct_viewing_sessions') }}

),

counted as (

    select
        count(distinct case when plays.started_date > last_day.last_date - 7 then plays.user_id end) as wau,
        count(distinct plays.user_id) as mau

    from {{ ref('fct_viewing_sessions') }} as plays

    inner join last_day on plays.started_date > last_day.last_date - 28

    where plays.is_play

)

select
    shown.wau,
    counted.wau as counted_wau,
    shown.mau,
    counted.mau as counted_mau

from {{ ref('daily_active_users') }} as shown

inner join last_day on shown.activity_date = last_day.last_date

cross join counted

where shown.wau <> counted.wau or shown.mau <> counted.mau
