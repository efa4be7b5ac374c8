{# A condition that is true in every row; unknown is not true. #}
{% test holds(model, condition) %}

    select *

    from {{ model }}

    where not coalesce({{ condition }}, false)

{% endtest %}
