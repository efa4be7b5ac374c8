{# What was played on each day of each value, as a subquery whose figures may all be summed over days: a
   viewer of a week, or of a month, counts on the first day in it on which they play something with the value,
   and on no other. So the distinct viewers of a period are a sum, without a set of them for every value and
   period. The value is a column of `plays` or of `titles`. #}
{% macro viewers_by_day(column) -%}
    (
        select
            breakdown_value,
            started_date,
            sum(sessions) as sessions,
            sum(watch_seconds) as watch_seconds,
            sum(valid_sessions) as valid_sessions,
            sum(completion_rate_sum) as completion_rate_sum,
            count_if(date_before is null or date_before < week_start_date) as viewers_new_in_week,
            count_if(date_before is null or date_before < month_start_date) as viewers_new_in_month

        from (
            select
                user_days.*,
                dates.week_start_date,
                dates.month_start_date,
                lag(user_days.started_date) over (
                    partition by user_days.breakdown_value, user_days.user_id order by user_days.started_date
                ) as date_before

            from (
                select
                    {{ column }} as breakdown_value,
                    plays.user_id,
                    plays.started_date,
                    count(*) as sessions,
                    sum(plays.watch_seconds) as watch_seconds,
                    count_if(plays.is_valid_play) as valid_sessions,
                    sum(
                        case when plays.is_valid_play then plays.completion_rate else 0 end
                    ) as completion_rate_sum

                from {{ ref('fct_viewing_sessions') }} as plays

                left join {{ ref('dim_content') }} as titles on plays.content_id = titles.content_id

                where plays.is_play

                group by
                    {{ column }},
                    plays.user_id,
                    plays.started_date
            ) as user_days

            inner join {{ ref('dim_dates') }} as dates on user_days.started_date = dates.calendar_date
        ) as followed

        group by
            breakdown_value,
            started_date
    )
{%- endmacro %}
