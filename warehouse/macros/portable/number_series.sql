{# Every whole number from 0 to a last one, written out, as a subquery with the column `series_number`.
   Trap: Snowflake's seq4() may have gaps, and DuckDB's range() is not to be had there. #}
{% macro number_series(last_number) -%}
    {{ return(adapter.dispatch('number_series', 'streamvision')(last_number)) }}
{%- endmacro %}

{% macro duckdb__number_series(last_number) -%}
    (select unnest(range({{ last_number }} + 1)) as series_number)
{%- endmacro %}

{% macro snowflake__number_series(last_number) -%}
    (
        select row_number() over (order by null) - 1 as series_number
        from table(generator(rowcount => {{ last_number + 1 }}))
    )
{%- endmacro %}
