{# The elements of a list column, as a subquery with a key of their row and the column `element`.
   Trap: Snowflake's lists hold VARIANTs, whose plain text has quotes around it, and are flattened by a join. #}
{% macro elements_of(relation, key, list_column) -%}
    {{ return(adapter.dispatch('elements_of', 'streamvision')(relation, key, list_column)) }}
{%- endmacro %}

{% macro duckdb__elements_of(relation, key, list_column) -%}
    (
        select {{ key }}, unnest({{ list_column }}) as element
        from {{ relation }}
    )
{%- endmacro %}

{% macro snowflake__elements_of(relation, key, list_column) -%}
    (
        select listed.{{ key }}, cast(flattened.value as varchar) as element
        from {{ relation }} as listed, lateral flatten(input => listed.{{ list_column }}) as flattened
    )
{%- endmacro %}
