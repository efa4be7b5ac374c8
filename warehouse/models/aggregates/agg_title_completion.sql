with

ended as (

    select
        content_id,
        cast(floor(completion_rate * 100) as smallint) as completion_percent,
        sum(change_sign) as sessions,
        sum(
            case when completion_rate < {{ var('completed_share') }} then change_sign else 0 end
        ) as abandoned_sessions

    from {{ sessions_to_count(ref('fct_viewing_sessions'), ref('chg_viewing_sessions')) }} as sessions

    where is_play

    group by
        content_id,
        cast(floor(completion_rate * 100) as smallint)

    {{ and_what_was_there(['content_id', 'completion_percent', 'sessions', 'abandoned_sessions']) }}

)

select
    content_id,
    completion_percent,
    cast(sum(sessions) as bigint) as sessions,
    cast(sum(abandoned_sessions) as bigint) as abandoned_sessions

from ended

group by
    content_id,
    completion_percent

having sum(sessions) <> 0
