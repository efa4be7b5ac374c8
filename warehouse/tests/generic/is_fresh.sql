{# The newest day that rows tell of is at most so many days before that of the newest batch. It warns: a
   service may have had a quiet day, and what is there is right all the same. #}
{% test is_fresh(model, day_column, max_age_days) %}

    select
        newest.batch_date,
        told.newest_date

    from (select max(batch_date) as batch_date from {{ source('ops', 'batches') }}) as newest

    cross join (select max({{ day_column }}) as newest_date from {{ model }}) as told

    where coalesce(told.newest_date < {{ add_days('newest.batch_date', -max_age_days) }}, true)

    {{ config(severity='warn', store_failures=true, schema='warnings') }}

{% endtest %}
