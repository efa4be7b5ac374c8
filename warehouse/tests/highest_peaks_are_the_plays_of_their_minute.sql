-- The plays that go on at the minute of the highest peak of each country and of all, counted one by one.
with

plays as (

    select * from {{ ref('fct_viewing_sessions') }}

    where is_play

),

highest as (

    select *

    from {{ ref('concurrent_plays_daily') }}

    where peak_minute_at is not null

    qualify
        row_number() over (
            partition by breakdown, breakdown_value order by peak_concurrent_plays desc, playing_date asc
        ) = 1

),

going_on as (

    select highest.breakdown_value

    from highest

    inner join plays on highest.breakdown_value = plays.country_code

    where
        highest.breakdown = 'country'
        and plays.started_at <= highest.peak_minute_at
        and plays.ended_at > highest.peak_minute_at

    union all

    select highest.breakdown_value

    from highest

    cross join plays

    where
        highest.breakdown = 'total'
        and plays.started_at <= highest.peak_minute_at
        and plays.ended_at > highest.peak_minute_at

),

counted as (

    select
        breakdown_value,
        count(*) as plays

    from going_on

    group by breakdown_value

)

select
    highest.breakdown,
    highest.breakdown_value,
    highest.peak_concurrent_plays,
    counted.plays

from highest

left join counted on highest.breakdown_value = counted.breakdown_value

where highest.peak_concurrent_plays <> coalesce(counted.plays, 0)
