{# The id of the newest loaded batch, as a scalar subquery. Every batch is a full picture of the source, and
   a batch is loaded in one transaction: the newest one is the current state of every table. #}
{% macro newest_batch() -%}
    (select max(batch_id) from {{ source('ops', 'batches') }})
{%- endmacro %}
