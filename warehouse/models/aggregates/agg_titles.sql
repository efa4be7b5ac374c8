{%- set changes = ref('chg_viewing_sessions') -%}
{%- set sums = [
    'attempts',
    'sessions',
    'unique_viewers',
    'valid_sessions',
    'watch_seconds',
    'completion_rate_sum',
    'completed_sessions',
] -%}

with

{% if was_there() %}

-- By how much more often viewers play a title than before, of those to whom that has happened.
    touched_viewers as (

        select
            user_id,
            content_id,
            sum(change_sign) as more_plays

        from {{ changes }}

        where is_play

        group by
            user_id,
            content_id

    ),

    touched_plays as (

        select
            user_id,
            content_id,
            count(*) as plays

        from {{ ref('fct_viewing_sessions') }}

        where
            is_play
            and (user_id, content_id) in (
                select
                    touched_viewers.user_id,
                    touched_viewers.content_id
                from touched_viewers
            )

        group by
            user_id,
            content_id

    ),

    viewers as (

        select
            touched_viewers.content_id,
            case when touched_plays.plays > 0 then 1 else 0 end
            - case
                when coalesce(touched_plays.plays, 0) - touched_viewers.more_plays > 0 then 1 else 0
            end as unique_viewers

        from touched_viewers

        left join touched_plays
            on
                touched_viewers.user_id = touched_plays.user_id
                and touched_viewers.content_id = touched_plays.content_id

    ),

{% else %}

    viewers as (

        select
            content_id,
            count(distinct user_id) as unique_viewers

        from {{ ref('fct_viewing_sessions') }}

        where is_play

        group by content_id

    ),

{% endif %}

summed as (

    select
        content_id,
        sum(change_sign) as attempts,
        sum(case when is_play then change_sign else 0 end) as sessions,
        0 as unique_viewers,
        sum(case when is_valid_play then change_sign else 0 end) as valid_sessions,
        sum(change_sign * watch_seconds) as watch_seconds,
        sum(case when is_valid_play then change_sign * completion_rate else 0 end) as completion_rate_sum,
        sum(case when is_completed then change_sign else 0 end) as completed_sessions

    from {{ sessions_to_count(ref('fct_viewing_sessions'), changes) }} as sessions

    group by content_id

    union all

    select
        content_id,
        0 as attempts,
        0 as sessions,
        unique_viewers,
        0 as valid_sessions,
        0 as watch_seconds,
        0 as completion_rate_sum,
        0 as completed_sessions

    from viewers

    {{ and_what_was_there(['content_id'] + sums) }}

)

select
    content_id,
    cast(sum(attempts) as bigint) as attempts,
    cast(sum(sessions) as bigint) as sessions,
    cast(sum(unique_viewers) as bigint) as unique_viewers,
    cast(sum(valid_sessions) as bigint) as valid_sessions,
    cast(sum(watch_seconds) as bigint) as watch_seconds,
    cast(sum(completion_rate_sum) as decimal(18, 4)) as completion_rate_sum,
    cast(sum(completed_sessions) as bigint) as completed_sessions

from summed

group by content_id

having sum(attempts) <> 0
