{# Schemas are staging, core and marts in every target, where the caller names no others: dbt would put the
   target's schema in front. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- set name = custom_schema_name or 'staging' -%}
    {{ env_var('STREAMVISION_DBT_' ~ name | upper ~ '_SCHEMA', name) }}
{%- endmacro %}
