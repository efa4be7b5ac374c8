-- A day that is missing would be missing from every chart.
with

days as (

    select
        'dim_dates' as model,
        calendar_date as day

    from {{ ref('dim_dates') }}

    union all

    select
        'daily_active_users' as model,
        activity_date

    from {{ ref('daily_active_users') }}

),

followed as (

    select
        model,
        day,
        lead(day) over (partition by model order by day) as next_day

    from days

)

select *

from followed

where next_day <> day + 1
