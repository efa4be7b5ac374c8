{# Users active in the 1, 7 and 28 days up to each day, by each value of a breakdown; a subquery.
   A distinct count over a span of days cannot be had from daily counts, and looking back from every day would
   read each row 28 times. Instead, an active day makes its user count from that day on, until the span has
   passed or the user's next active day takes over: on any day a user counts once.
   `gaps` is what agg_viewing_gaps holds, `values` the breakdowns and values that have a row on every day. #}
{% macro active_viewers(gaps, values, sessions, dates) -%}
    (
        with

        viewing_dates as (

            select
                min(started_date) as first_date,
                max(started_date) as last_date

            from {{ sessions }}

        ),

        spans as (

            select 1 as span_days

            union all

            select 7 as span_days

            union all

            select 28 as span_days

        ),

        turns as (

            select
                gaps.breakdown,
                gaps.breakdown_value,
                spans.span_days,
                gaps.started_date as turn_date,
                gaps.viewers as user_change

            from {{ gaps }} as gaps

            cross join spans

            union all

            select
                gaps.breakdown,
                gaps.breakdown_value,
                spans.span_days,
                {{ add_days(
                    'gaps.started_date',
                    'case when gaps.gap_days < spans.span_days then gaps.gap_days else spans.span_days end'
                ) }} as turn_date,
                -gaps.viewers as user_change

            from {{ gaps }} as gaps

            cross join spans

        ),

        net_turns as (

            select
                breakdown,
                breakdown_value,
                span_days,
                turn_date,
                sum(user_change) as user_change

            from turns

            group by
                breakdown,
                breakdown_value,
                span_days,
                turn_date

        ),

        counted as (

            select
                dates.calendar_date as activity_date,
                shown.breakdown,
                shown.breakdown_value,
                spans.span_days,
                sum(coalesce(net_turns.user_change, 0)) over (
                    partition by shown.breakdown, shown.breakdown_value, spans.span_days
                    order by dates.calendar_date rows between unbounded preceding and current row
                ) as active_users

            from {{ dates }} as dates

            inner join viewing_dates
                on dates.calendar_date between viewing_dates.first_date and viewing_dates.last_date

            cross join {{ values }} as shown

            cross join spans

            left join net_turns
                on
                    dates.calendar_date = net_turns.turn_date
                    and shown.breakdown = net_turns.breakdown
                    and shown.breakdown_value = net_turns.breakdown_value
                    and spans.span_days = net_turns.span_days

        )

        select
            activity_date,
            breakdown,
            breakdown_value,
            cast(max(case when span_days = 1 then active_users end) as bigint) as dau,
            cast(max(case when span_days = 7 then active_users end) as bigint) as wau,
            cast(max(case when span_days = 28 then active_users end) as bigint) as mau

        from counted

        group by
            activity_date,
            breakdown,
            breakdown_value
    )
{%- endmacro %}
