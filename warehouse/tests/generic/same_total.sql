{# An accounting identity: an expression over this model equals one over another. No rows total 0. #}
{% test same_total(model, expression, other, other_expression, other_filter='true') %}

    select
        here.total as here,
        there.total as there

    from (select coalesce({{ expression }}, 0) as total from {{ model }}) as here

    cross join (
        select coalesce({{ other_expression }}, 0) as total from {{ other }} where {{ other_filter }}
    ) as there

    where here.total <> there.total

{% endtest %}
