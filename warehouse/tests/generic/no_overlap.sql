{# The half-open periods [valid_from, valid_to) of one owner do not overlap; a last one may be open. #}
{% test no_overlap(model, owner) %}

    select followed.*

    from (
        select
            {{ owner }},
            valid_from,
            valid_to,
            lead(valid_from) over (partition by {{ owner }} order by valid_from) as next_valid_from

        from {{ model }}
    ) as followed

    where
        followed.next_valid_from is not null
        and (followed.valid_to is null or followed.next_valid_from < followed.valid_to)

{% endtest %}
