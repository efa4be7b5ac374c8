{# Whether every row of a source table is loaded: none has gone to quarantine since a batch brought the table
   whole. Where rows of it are in quarantine, stories that are told by several rows have gaps, and a test that
   adds them up has nothing to say. #}
{% macro is_complete(table_name) -%}
    (
        select coalesce(sum(accounts.quarantined_rows), 0) = 0
        from {{ source('ops', 'batches') }} as accounts
        where
            accounts.table_name = '{{ table_name }}'
            and accounts.batch_id >= (
                select coalesce(max(pictures.batch_id), '')
                from {{ source('ops', 'batches') }} as pictures
                where pictures.table_name = '{{ table_name }}' and pictures.mode = 'snapshot'
            )
    )
{%- endmacro %}
