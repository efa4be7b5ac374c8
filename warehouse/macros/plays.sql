{# The plays of which an aggregate by viewers is made, as a subquery, each with what is said of its title: all
   of them, or, where the aggregate goes on, those of the users and days that the build has touched, once as
   they were, with -1, and once as they are. What is made of both has to be made sign by sign. #}
{% macro plays_to_count(sessions, titles, changes) -%}
    {%- if was_there() -%}
        (select * from {{ changes }})
    {%- else -%}
        (
            select
                1 as change_sign,
                sessions.user_id,
                sessions.content_id,
                sessions.started_date,
                sessions.country_code,
                sessions.plan_code,
                sessions.device_type,
                sessions.watch_seconds,
                sessions.is_valid_play,
                sessions.completion_rate,
                titles.genre,
                titles.is_original

            from {{ sessions }} as sessions

            left join {{ titles }} as titles on sessions.content_id = titles.content_id

            where sessions.is_play
        )
    {%- endif -%}
{%- endmacro %}

{# The rows of which an aggregate by day is made, as a subquery, with a sign: all of the fact, or, where the
   aggregate goes on, those that the build has taken out and put in. #}
{% macro sessions_to_count(sessions, changes) -%}
    {%- if was_there() -%}
        (select * from {{ changes }})
    {%- else -%}
        (select 1 as change_sign, sessions.* from {{ sessions }} as sessions)
    {%- endif -%}
{%- endmacro %}

{# What the build has found of an aggregate, to be added to what has changed; nothing where it is made
   anew. #}
{% macro and_what_was_there(columns) -%}
    {%- if was_there() -%}
        union all

        select {{ columns | join(', ') }} from {{ before(this) }}
    {%- endif -%}
{%- endmacro %}
