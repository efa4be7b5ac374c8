{# A number, or 2 where it is larger; NULL stays NULL. #}
{% macro capped(number) -%}
    case when {{ number }} > 2 then 2 else {{ number }} end
{%- endmacro %}
