{# Every day from one to another, both included, as a subquery with the column `series_date`.
   Trap: Snowflake's generator takes a constant count only, and its seq4() may have gaps. #}
{% macro date_series(first_day, last_day) -%}
    {{ return(adapter.dispatch('date_series', 'streamvision')(first_day, last_day)) }}
{%- endmacro %}

{% macro duckdb__date_series(first_day, last_day) -%}
    (
        select cast(unnest(range({{ first_day }}, {{ last_day }} + 1, interval 1 day)) as date) as series_date
    )
{%- endmacro %}

{% macro snowflake__date_series(first_day, last_day) -%}
    (
        select {{ add_days(first_day, 'row_number() over (order by null) - 1') }} as series_date
        from table(generator(rowcount => 100000))
        qualify series_date <= {{ last_day }}
    )
{%- endmacro %}
