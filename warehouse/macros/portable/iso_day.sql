{# A date as the text YYYY-MM-DD.
   Trap: Snowflake's cast follows the session's DATE_OUTPUT_FORMAT. #}
{% macro iso_day(day) -%}
    {{ return(adapter.dispatch('iso_day', 'streamvision')(day)) }}
{%- endmacro %}

{% macro duckdb__iso_day(day) -%}
    strftime({{ day }}, '%Y-%m-%d')
{%- endmacro %}

{% macro snowflake__iso_day(day) -%}
    to_char({{ day }}, 'YYYY-MM-DD')
{%- endmacro %}
