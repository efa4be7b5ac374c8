{%- set members = {
    'all': "'all'", 'country': 'country_code', 'device': 'device_type', 'resolution': 'resolution'
} -%}

with

plays as (

    select
        change_sign,
        started_date,
        country_code,
        device_type,
        resolution,
        cast(ceil(startup_ms / 10.0) as integer) * 10 as startup_ms

    from {{ sessions_to_count(ref('fct_viewing_sessions'), ref('chg_viewing_sessions')) }} as sessions

    where is_play

),

counted as (

    {% for breakdown, member in members.items() -%}
        select
            '{{ breakdown }}' as breakdown,
            {{ member }} as member,
            started_date,
            startup_ms,
            sum(change_sign) as sessions

        from plays

        group by
            member,
            started_date,
            startup_ms

        {% if not loop.last -%}
            union all

        {% endif -%}
    {% endfor -%}
    {{ and_what_was_there(['breakdown', 'member', 'started_date', 'startup_ms', 'sessions']) }}

)

select
    breakdown,
    member,
    started_date,
    startup_ms,
    cast(sum(sessions) as bigint) as sessions

from counted

group by
    breakdown,
    member,
    started_date,
    startup_ms

having sum(sessions) <> 0
