{#- Days that lie farther apart than this are in periods that are more than one apart, of whatever kind. -#}
{%- set days_around = 93 -%}

with

changed as (

    select * from {{ ref('chg_viewing_sessions') }}

    where is_play

),

touched as (

    select
        user_id,
        min(started_date) as first_touched_date,
        max(started_date) as last_touched_date,
        min(case when change_sign = -1 then started_date end) as first_date_out,
        min(case when change_sign = 1 then started_date end) as first_date_in

    from changed

    group by user_id

),

unchanged as (

    select
        sessions.user_id,
        sessions.started_date

    from {{ ref('fct_viewing_sessions') }} as sessions

    inner join touched on sessions.user_id = touched.user_id

    where
        sessions.is_play
        and sessions.session_id not in (
            select changed.session_id
            from changed
            where changed.change_sign = 1
        )

),

firsts as (

    select
        user_id,
        min(started_date) as first_date

    from unchanged

    group by user_id

),

compared as (

    select
        touched.user_id,
        touched.first_touched_date,
        touched.last_touched_date,
        firsts.first_date,
        least(
            coalesce(firsts.first_date, touched.first_date_out),
            coalesce(touched.first_date_out, firsts.first_date)
        ) as first_date_before,
        least(
            coalesce(firsts.first_date, touched.first_date_in),
            coalesce(touched.first_date_in, firsts.first_date)
        ) as first_date_now

    from touched

    left join firsts on touched.user_id = firsts.user_id

),

-- Whose first day is another one is of another cohort, on all days.
ranges as (

    select
        user_id,
        first_date,
        coalesce(first_date_before <> first_date_now, true) as is_of_another_cohort,
        {{ add_days('first_touched_date', -days_around) }} as from_date,
        {{ add_days('last_touched_date', days_around) }} as to_date

    from compared

),

-- The user's first day is always among them: it tells the cohort, and that there was a day before.
days_around as (

    select
        unchanged.user_id,
        unchanged.started_date

    from unchanged

    inner join ranges on unchanged.user_id = ranges.user_id

    where
        ranges.is_of_another_cohort
        or unchanged.started_date between ranges.from_date and ranges.to_date
        or unchanged.started_date = ranges.first_date

),

signs as (

    select -1 as change_sign

    union all

    select 1 as change_sign

)

select
    signs.change_sign,
    days_around.user_id,
    days_around.started_date

from days_around

cross join signs

union

select
    change_sign,
    user_id,
    started_date

from changed
