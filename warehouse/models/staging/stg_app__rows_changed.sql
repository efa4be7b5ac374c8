{%- set tables = [
    'viewing_sessions',
    'episode_viewing',
    'ratings',
    'search_queries',
    'subscription_events',
    'episodes',
    'subscription_plans',
] -%}

with

changed as (

    {% for table in tables %}
        select
            '{{ table }}' as table_name,
            id as row_id

        from {{ source('app', table) }}

        where {{ changed_in_window('_valid_from_batch', '_valid_to_batch') }}

        {% if not loop.last -%} union {%- endif %}
    {% endfor %}

)

select * from changed
