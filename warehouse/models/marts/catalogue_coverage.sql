with

periods as (

    select * from {{ viewing_periods() }} as numbered

    where period_type in ('week', 'month')

),

titles as (

    select * from {{ ref('dim_content') }}

),

title_days as (

    select
        cast(breakdown_value as bigint) as content_id,
        started_date,
        sessions,
        watch_seconds

    from {{ ref('agg_viewers_daily') }}

    where breakdown = 'title'

),

played as (

    select
        periods.period_type,
        periods.period_start_date,
        title_days.content_id,
        sum(title_days.sessions) as sessions,
        sum(title_days.watch_seconds) as watch_seconds

    from title_days

    inner join periods on title_days.started_date = periods.calendar_date

    group by
        periods.period_type,
        periods.period_start_date,
        title_days.content_id

),

listed as (

    select distinct
        period_type,
        period_start_date,
        period_end_date,
        is_whole_period

    from periods

),

-- A title is there from the day on which it was added to the one before it was gone. What was played was
-- there to be played, whatever the catalogue says of its days.
available as (

    select
        listed.period_type,
        listed.period_start_date,
        listed.is_whole_period,
        titles.content_id,
        coalesce(played.sessions, 0) as sessions,
        coalesce(played.watch_seconds, 0) as watch_seconds

    from listed

    cross join titles

    left join played
        on
            listed.period_type = played.period_type
            and listed.period_start_date = played.period_start_date
            and titles.content_id = played.content_id

    where
        (
            titles.added_date <= listed.period_end_date
            and (
                titles.removed_date is null
                or titles.removed_date > greatest(titles.added_date, listed.period_start_date)
            )
        )
        or played.content_id is not null

),

ranked as (

    select
        *,
        row_number() over (
            partition by period_type, period_start_date order by watch_seconds desc, content_id asc
        ) as watch_time_rank,
        ceil(
            {{ var('long_tail_head_share') }} * count(*) over (partition by period_type, period_start_date)
        ) as head_titles

    from available

),

summed as (

    select
        period_type,
        period_start_date,
        is_whole_period,
        cast(count(*) as bigint) as available_titles,
        cast(count_if(sessions > 0) as bigint) as played_titles,
        cast(max(head_titles) as bigint) as head_titles,
        cast(sum(watch_seconds) as bigint) as watch_seconds,
        cast(
            sum(case when watch_time_rank > head_titles then watch_seconds else 0 end) as bigint
        ) as tail_watch_seconds

    from ranked

    group by
        period_type,
        period_start_date,
        is_whole_period

)

select
    period_type,
    period_start_date,
    is_whole_period,
    available_titles,
    played_titles,
    {{ ratio('played_titles', 'available_titles') }} as coverage_rate,
    head_titles,
    watch_seconds,
    tail_watch_seconds,
    {{ ratio('tail_watch_seconds', 'watch_seconds') }} as long_tail_share

from summed
