with

plays as (

    select
        change_sign,
        country_code,
        started_at,
        ended_at,
        date_trunc('minute', started_at) as started_minute,
        date_trunc('minute', ended_at) as ended_minute

    from {{ sessions_to_count(ref('fct_viewing_sessions'), ref('chg_viewing_sessions')) }} as sessions

    where is_play

),

-- A minute counts by its start: a play is there from the first such moment after it began (or at which it
-- began) to the first at which it is over. One that saw no start of a minute was never there.
covered as (

    select
        change_sign,
        country_code,
        case
            when started_minute = started_at then started_at
            else started_minute + interval '1 minute'
        end as first_minute,
        case
            when ended_minute = ended_at then ended_at
            else ended_minute + interval '1 minute'
        end as end_minute

    from plays

),

changes as (

    select
        country_code,
        first_minute as changed_at,
        change_sign as play_change

    from covered

    union all

    select
        country_code,
        end_minute as changed_at,
        -change_sign as play_change

    from covered

    {{ and_what_was_there(['country_code', 'changed_at', 'play_change']) }}

)

select
    country_code,
    changed_at,
    cast(sum(play_change) as bigint) as play_change

from changes

group by
    country_code,
    changed_at

having sum(play_change) <> 0
