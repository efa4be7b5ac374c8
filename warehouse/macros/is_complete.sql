{# Whether the newest batch brought every row of a source table. Where rows of it are in quarantine, stories
   that are told by several rows have gaps, and a test that adds them up has nothing to say. #}
{% macro is_complete(table_name) -%}
    exists (
        select 1
        from {{ source('ops', 'batches') }} as accounts
        where
            accounts.batch_id = {{ newest_batch() }}
            and accounts.table_name = '{{ table_name }}'
            and accounts.quarantined_rows = 0
    )
{%- endmacro %}
