{# The date so many days later.
   Trap: adding an interval makes a TIMESTAMP of a date on DuckDB, and Snowflake adds no interval from a column. #}
{% macro add_days(day, days) -%}
    {{ return(adapter.dispatch('add_days', 'streamvision')(day, days)) }}
{%- endmacro %}

{% macro duckdb__add_days(day, days) -%}
    {{ day }} + cast({{ days }} as integer)
{%- endmacro %}

{% macro snowflake__add_days(day, days) -%}
    cast(dateadd(day, {{ days }}, {{ day }}) as date)
{%- endmacro %}
