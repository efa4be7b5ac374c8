{# The days of viewing, from that of the first attempt to that of the last, each with the day, the week and
   the month that it lies in, as a subquery: three rows a day. Periods are numbered without a gap within their
   kind. Not whole is a period that began before the first day or ends after the last one. #}
{% macro viewing_periods() -%}
    (
        select
            days.calendar_date,
            days.period_type,
            days.period_start_date,
            days.period_end_date,
            dense_rank() over (
                partition by days.period_type order by days.period_start_date
            ) as period_number,
            days.period_start_date >= bounds.first_date
            and days.period_end_date <= bounds.last_date as is_whole_period

        from (
            select
                calendar_date,
                'day' as period_type,
                calendar_date as period_start_date,
                calendar_date as period_end_date

            from {{ ref('dim_dates') }}

            union all

            select
                calendar_date,
                'week' as period_type,
                week_start_date as period_start_date,
                {{ add_days('week_start_date', 6) }} as period_end_date

            from {{ ref('dim_dates') }}

            union all

            select
                calendar_date,
                'month' as period_type,
                month_start_date as period_start_date,
                cast(last_day(calendar_date) as date) as period_end_date

            from {{ ref('dim_dates') }}
        ) as days

        inner join (
            select
                min(started_date) as first_date,
                max(started_date) as last_date

            from {{ ref('fct_viewing_sessions') }}
        ) as bounds
            on days.calendar_date between bounds.first_date and bounds.last_date
    )
{%- endmacro %}
