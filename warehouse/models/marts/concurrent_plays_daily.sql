with

viewing_dates as (

    select
        min(started_date) as first_date,
        max(started_date) as last_date

    from {{ ref('fct_viewing_sessions') }}

),

changes as (

    select * from {{ ref('agg_play_minutes') }}

),

countries as (

    select distinct country_code

    from {{ ref('fct_viewing_sessions') }}

    where is_play

),

-- Each day begins with what still plays from the day before, and may have no change at all.
midnights as (

    select
        countries.country_code,
        cast(dates.calendar_date as datetime) as changed_at,
        0 as play_change

    from {{ ref('dim_dates') }} as dates

    inner join viewing_dates
        on dates.calendar_date between viewing_dates.first_date and viewing_dates.last_date

    cross join countries

),

all_changes as (

    select * from changes

    union all

    select * from midnights

),

net_changes as (

    select
        country_code,
        changed_at,
        sum(play_change) as play_change

    from all_changes

    group by
        country_code,
        changed_at

),

by_breakdown as (

    select
        'country' as breakdown,
        country_code as breakdown_value,
        changed_at,
        play_change

    from net_changes

    union all

    select
        'total' as breakdown,
        'all' as breakdown_value,
        changed_at,
        sum(play_change) as play_change

    from net_changes

    group by changed_at

),

running as (

    select
        breakdown,
        breakdown_value,
        changed_at,
        cast(changed_at as date) as playing_date,
        sum(play_change) over (
            partition by breakdown, breakdown_value
            order by changed_at rows between unbounded preceding and current row
        ) as concurrent_plays

    from by_breakdown

),

-- Between two changes nothing changes: the highest minute of a day is one with a change, or its first.
highest as (

    select
        breakdown,
        breakdown_value,
        playing_date,
        max(concurrent_plays) as peak_concurrent_plays,
        -- Of equal peaks the first: ranked by plays, then by the minutes that are left of the day.
        max(
            1440 * concurrent_plays
            + 1439 - datediff('minute', cast(playing_date as datetime), changed_at)
        ) as peak_rank

    from running

    group by
        breakdown,
        breakdown_value,
        playing_date

),

peaks as (

    select
        highest.*,
        1439 - (highest.peak_rank - 1440 * highest.peak_concurrent_plays) as peak_minute_of_day

    from highest

    inner join viewing_dates
        on highest.playing_date between viewing_dates.first_date and viewing_dates.last_date

)

select
    playing_date,
    breakdown,
    breakdown_value,
    cast(peak_concurrent_plays as bigint) as peak_concurrent_plays,
    case
        when peak_concurrent_plays > 0
            then {{ add_minutes('cast(playing_date as datetime)', 'peak_minute_of_day') }}
    end as peak_minute_at

from peaks
