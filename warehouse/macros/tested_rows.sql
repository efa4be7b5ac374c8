{# Which rows a test of the data looks at. Where a build goes on, most rows are those that passed the same
   tests, by the same text, in the build that is shown: of tables that keep their rows, tests that judge rows
   one by one, or among those with the same key, look at what the build has put in. A test that compares
   tables (same_total, relationships) always looks at all rows: what one table has lost shows in the other. #}
{% macro get_where_subquery(relation) -%}
    {%- set condition = tested_rows(relation) if execute and changed_from() != '' else '' -%}
    {%- if condition -%}
        (select * from {{ relation }} where {{ condition }}) as dbt_subquery
    {%- else -%}
        {{- relation -}}
    {%- endif -%}
{%- endmacro %}

{% macro tested_rows(relation) -%}
    {%- set one_by_one = ['unique', 'unique_combination', 'not_null', 'accepted_values', 'holds'] -%}
    {%- set sources = {
        'stg_app__viewing_sessions': ['session_id', 'viewing_sessions'],
        'stg_app__episode_viewing': ['episode_viewing_id', 'episode_viewing'],
        'stg_app__ratings': ['rating_id', 'ratings'],
        'stg_app__search_queries': ['search_id', 'search_queries'],
        'stg_app__subscription_events': ['event_id', 'subscription_events'],
    } -%}
    {%- set facts = {
        'fct_viewing_sessions': ['session_id', 'int_viewing_sessions_changed'],
        'fct_episode_viewings': ['episode_viewing_id', 'int_episode_viewings_changed'],
        'fct_ratings': ['rating_id', 'int_ratings_changed'],
        'fct_searches': ['search_id', 'int_searches_changed'],
        'fct_subscription_events': ['event_id', 'int_subscription_events_changed'],
        'fct_subscription_days': ['user_id', 'int_subscription_days_changed'],
    } -%}
    {%- set marts = {
        'content_performance_daily': [
            ['performance_date', 'started_date'],
            ['content_id', 'content_id'],
        ],
        'content_completion_daily': [
            ['performance_date', 'started_date'],
            ['content_id', 'content_id'],
        ],
        'viewer_days': [
            ['viewing_date', 'started_date'],
            ['user_id', 'user_id'],
        ],
    } -%}
    {%- set name = relation.identifier | lower -%}
    {%- set test = model.test_metadata.name if model.test_metadata else '' -%}
    {%- set keyed = sources.get(name) or facts.get(name) or [''] -%}
    {#- Nothing is in a list by a key that is NULL. -#}
    {%- if test not in one_by_one or (test == 'not_null' and model.column_name == keyed[0]) -%}
    {%- elif name in sources -%}
        {%- set key, table = sources[name] -%}
        {#- What a batch of the window has ended is there no more. -#}
        {{ key }} in (
            select id
            from {{ as_loaded(table) }}
            where _valid_from_batch >= '{{ changed_from() }}' and _valid_from_batch < '{{ changed_before() }}'
        )
    {%- elif name in facts -%}
        {%- set key, changed = facts[name] -%}
        {{ key }} in (select {{ key }} from {{ in_staging(relation, changed) }})
    {%- elif name in marts -%}
        {%- set keys = marts[name] -%}
        ({{ keys | map('first') | join(', ') }}) in (
            select {{ keys | map('last') | join(', ') }}
            from {{ in_staging(relation, 'chg_viewing_sessions') }}
        )
    {%- endif -%}
{%- endmacro %}

{# What a test looks at besides its model is named without `ref` or `source`: it is made before the model, and
   a test that asked for it would be one of several models, which are done at the end. #}
{% macro in_staging(relation, name) -%}
    {%- set schema = generate_schema_name('staging', none) -%}
    {{- return(relation.incorporate(path={'schema': schema, 'identifier': name})) -}}
{%- endmacro %}

{% macro as_loaded(table) -%}
    {%- set database = env_var('STREAMVISION_DBT_SOURCE_DATABASE', target.database) -%}
    {{- return(api.Relation.create(database=database, schema='raw', identifier=table ~ '__versions')) -}}
{%- endmacro %}
