{# How many days pass between a user's days with a play that share a value, as a subquery: for each value and
   day, how many users come back after how many days. After the longest span, or never, is one and the same.
   Counted right here, so that what follows is as short as the calendar, however many viewers there are.
   `plays` is what `plays_to_count` gives, and the value a column of it. #}
{% macro viewing_gaps(plays, column, longest_span) -%}
    (
        select
            breakdown_value,
            started_date,
            case when days_until < {{ longest_span }} then days_until else {{ longest_span }} end as gap_days,
            sum(change_sign) as viewers

        from (
            select
                change_sign,
                breakdown_value,
                started_date,
                coalesce(
                    lead(started_date) over (
                        partition by change_sign, breakdown_value, user_id order by started_date
                    ) - started_date,
                    {{ longest_span }}
                ) as days_until

            from (
                select distinct
                    plays.change_sign,
                    {{ column }} as breakdown_value,
                    plays.user_id,
                    plays.started_date

                from {{ plays }} as plays
            ) as user_days
        ) as followed

        group by
            breakdown_value,
            started_date,
            case when days_until < {{ longest_span }} then days_until else {{ longest_span }} end
    )
{%- endmacro %}
