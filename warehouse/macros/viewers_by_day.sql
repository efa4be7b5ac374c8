{# What was played on each day of each value, as a subquery whose figures may all be summed over days: a
   viewer of a week, or of a month, counts on the first day in it on which they play something with the value,
   and on no other. So the distinct viewers of a period are a sum, without a set of them for every value and
   period. `plays` is what `plays_to_count` gives, and the value a column of it. #}
{% macro viewers_by_day(plays, dates, column) -%}
    (
        select
            breakdown_value,
            started_date,
            sum(change_sign * sessions) as sessions,
            sum(change_sign * watch_seconds) as watch_seconds,
            sum(change_sign * valid_sessions) as valid_sessions,
            sum(change_sign * completion_rate_sum) as completion_rate_sum,
            sum(
                case when date_before is null or date_before < week_start_date then change_sign else 0 end
            ) as viewers_new_in_week,
            sum(
                case when date_before is null or date_before < month_start_date then change_sign else 0 end
            ) as viewers_new_in_month

        from (
            select
                user_days.*,
                dates.week_start_date,
                dates.month_start_date,
                lag(user_days.started_date) over (
                    partition by user_days.change_sign, user_days.breakdown_value, user_days.user_id
                    order by user_days.started_date
                ) as date_before

            from (
                select
                    plays.change_sign,
                    {{ column }} as breakdown_value,
                    plays.user_id,
                    plays.started_date,
                    count(*) as sessions,
                    sum(plays.watch_seconds) as watch_seconds,
                    count_if(plays.is_valid_play) as valid_sessions,
                    sum(
                        case when plays.is_valid_play then plays.completion_rate else 0 end
                    ) as completion_rate_sum

                from {{ plays }} as plays

                group by
                    plays.change_sign,
                    {{ column }},
                    plays.user_id,
                    plays.started_date
            ) as user_days

            inner join {{ dates }} as dates on user_days.started_date = dates.calendar_date
        ) as followed

        group by
            breakdown_value,
            started_date
    )
{%- endmacro %}
