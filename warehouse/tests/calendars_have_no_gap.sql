-- A day that is missing would be missing from every chart.
with

days as (

    select
        'dim_dates' as calendar_name,
        calendar_date

    from {{ ref('dim_dates') }}

    union all

    select
        'daily_active_users' as calendar_name,
        activity_date as calendar_date

    from {{ ref('daily_active_users') }}

),

followed as (

    select
        calendar_name,
        calendar_date,
        lead(calendar_date) over (partition by calendar_name order by calendar_date) as next_date

    from days

)

select *

from followed

where next_date <> calendar_date + 1
