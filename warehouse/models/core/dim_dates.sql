with

fact_times as (

    select started_at as happened_at from {{ ref('stg_app__viewing_sessions') }}

    union all

    select started_at from {{ ref('stg_app__episode_viewing') }}

    union all

    select rated_at from {{ ref('stg_app__ratings') }}

    union all

    select occurred_at from {{ ref('stg_app__subscription_events') }}

    union all

    select searched_at from {{ ref('stg_app__search_queries') }}

),

-- Whole years, as calendars of dashboards want them.
bounds as (

    select
        cast(date_trunc('year', min(happened_at)) as date) as first_date,
        cast(date_trunc('year', max(happened_at)) as date) + 366 as date_of_next_year

    from fact_times

),

days as (

    select series.series_date as calendar_date

    from
        {{ date_series(
            '(select bounds.first_date from bounds)', '(select bounds.date_of_next_year from bounds)'
        ) }} as series

    where year(series.series_date) < (select year(bounds.date_of_next_year) from bounds)

)

select
    calendar_date,
    cast(year(calendar_date) as integer) as calendar_year,
    cast(quarter(calendar_date) as smallint) as calendar_quarter,
    cast(month(calendar_date) as smallint) as calendar_month,
    cast(date_trunc('month', calendar_date) as date) as month_start_date,
    {{ add_days('calendar_date', '1 - ' ~ iso_weekday('calendar_date')) }} as week_start_date,
    cast({{ iso_weekday('calendar_date') }} as smallint) as iso_weekday,
    {{ iso_weekday('calendar_date') }} >= 6 as is_weekend

from days
