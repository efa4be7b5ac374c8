{%- set facts = {
    'stg_app__viewing_sessions': 'started_at',
    'stg_app__episode_viewing': 'started_at',
    'stg_app__ratings': 'rated_at',
    'stg_app__subscription_events': 'occurred_at',
    'stg_app__search_queries': 'searched_at',
} -%}

with

spans as (

    {% for model, column in facts.items() -%}
    select
        cast(min({{ column }}) as date) as first_date,
        cast(max({{ column }}) as date) as last_date

    from {{ ref(model) }}
    {% if not loop.last %}
    union all

    {% endif %}
    {%- endfor %}

),

-- Whole years, as calendars of dashboards want them.
bounds as (

    select
        cast(date_trunc('year', min(first_date)) as date) as first_day,
        cast(date_trunc('year', max(last_date)) as date) + 366 as day_of_next_year

    from spans

),

days as (

    select series.day as calendar_date

    from {{ date_series('(select first_day from bounds)', '(select day_of_next_year from bounds)') }} as series

    where year(series.day) < (select year(bounds.day_of_next_year) from bounds)

)

select
    calendar_date,
    cast(year(calendar_date) as integer) as calendar_year,
    cast(quarter(calendar_date) as smallint) as calendar_quarter,
    cast(month(calendar_date) as smallint) as calendar_month,
    cast(date_trunc('month', calendar_date) as date) as month_start_date,
    cast(date_trunc('week', calendar_date) as date) as week_start_date,
    cast({{ iso_weekday('calendar_date') }} as smallint) as iso_weekday,
    {{ iso_weekday('calendar_date') }} >= 6 as is_weekend

from days
