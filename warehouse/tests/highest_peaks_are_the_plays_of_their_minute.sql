{#- A build that goes on looks at the last four weeks. -#}
{%- set first_date = 'max(playing_date) - 28' if changed_from() != '' else 'min(playing_date)' -%}

-- The plays that go on at the minute of the highest peak of each country and of all, counted one by one. They
-- are sums from the first day on, in which a play whose end is not counted goes on to the last one.
with

bounds as (

    select {{ first_date }} as first_date

    from {{ ref('concurrent_plays_daily') }}

),

highest as (

    select *

    from {{ ref('concurrent_plays_daily') }}

    where
        peak_minute_at is not null
        and playing_date >= (select bounds.first_date from bounds)

    qualify
        row_number() over (
            partition by breakdown, breakdown_value order by peak_concurrent_plays desc, playing_date asc
        ) = 1

),

plays as (

    select
        country_code,
        started_at,
        ended_at

    from {{ ref('fct_viewing_sessions') }}

    where
        is_play
        and ended_at > (select min(highest.peak_minute_at) from highest)
        and started_at <= (select max(highest.peak_minute_at) from highest)

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
