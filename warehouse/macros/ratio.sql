{# A ratio is NULL where there is nothing to divide by: 0 would say that it was measured. #}
{% macro ratio(numerator, denominator) -%}
    cast({{ numerator }} as double) / nullif({{ denominator }}, 0)
{%- endmacro %}
