{# The ISO weekday, 1 is Monday.
   Trap: Snowflake's plain weekday depends on a session parameter. #}
{% macro iso_weekday(day) -%}
    {{ return(adapter.dispatch('iso_weekday', 'streamvision')(day)) }}
{%- endmacro %}

{% macro duckdb__iso_weekday(day) -%}
    isodow({{ day }})
{%- endmacro %}

{% macro snowflake__iso_weekday(day) -%}
    dayofweekiso({{ day }})
{%- endmacro %}
