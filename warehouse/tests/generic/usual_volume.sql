{# The day of the newest batch has about as many rows as the days before it: it is unusual where it differs
   from their mean by more than a share of it, and by more than so many standard deviations. Where too few days
   came before, nothing is usual. It warns: what is unusual may be true. #}
{% test usual_volume(model, day_column) %}

    with

    newest as (

        select max(batch_date) as batch_date from {{ source('ops', 'batches') }}

    ),

    counted as (

        select
            {{ day_column }} as counted_date,
            count(*) as day_rows

        from {{ model }}

        group by {{ day_column }}

    ),

    usual as (

        select
            newest.batch_date,
            count(*) as baseline_days,
            avg(counted.day_rows) as usual_rows,
            coalesce(stddev(counted.day_rows), 0) as rows_deviation

        from newest

        inner join counted
            on
                counted.counted_date < newest.batch_date
                and counted.counted_date >= {{ add_days('newest.batch_date', -var('volume_baseline_days')) }}

        group by newest.batch_date

    )

    select
        usual.batch_date,
        usual.baseline_days,
        usual.usual_rows,
        usual.rows_deviation,
        coalesce(counted.day_rows, 0) as day_rows

    from usual

    left join counted on usual.batch_date = counted.counted_date

    where
        usual.baseline_days >= {{ var('volume_min_baseline_days') }}
        and abs(coalesce(counted.day_rows, 0) - usual.usual_rows)
        > greatest(
            {{ var('volume_max_change') }} * usual.usual_rows,
            {{ var('volume_max_deviations') }} * usual.rows_deviation
        )

    {{ config(severity='warn', store_failures=true, schema='warnings') }}

{% endtest %}
