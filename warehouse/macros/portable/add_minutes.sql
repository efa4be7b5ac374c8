{# The moment so many minutes later.
   Trap: Snowflake adds no interval from a column. #}
{% macro add_minutes(moment, minutes) -%}
    {{ return(adapter.dispatch('add_minutes', 'streamvision')(moment, minutes)) }}
{%- endmacro %}

{% macro duckdb__add_minutes(moment, minutes) -%}
    {{ moment }} + to_minutes(cast({{ minutes }} as bigint))
{%- endmacro %}

{% macro snowflake__add_minutes(moment, minutes) -%}
    cast(dateadd(minute, {{ minutes }}, {{ moment }}) as timestamp_ntz)
{%- endmacro %}
