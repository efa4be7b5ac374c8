{# The columns together are a key: no combination of their values stands twice, NULL being a value too. #}
{% test unique_combination(model, columns) %}

    select {{ columns | join(', ') }}

    from {{ model }}

    group by {{ columns | join(', ') }}

    having count(*) > 1

{% endtest %}
