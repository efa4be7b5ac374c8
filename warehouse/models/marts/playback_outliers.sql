{%- set days = var('outlier_baseline_days') -%}

with

breakdowns as (

    select 'all' as breakdown

    union all

    select 'country' as breakdown

    union all

    select 'device' as breakdown

),

summed as (

    select
        *,
        cast(1000 * buffering_seconds as bigint) as buffering_ms,
        1000 * playing_seconds as playing_ms

    from {{ ref('agg_playback_daily') }}

),

experienced as (

    select
        summed.started_date as playback_date,
        breakdowns.breakdown,
        case breakdowns.breakdown
            when 'country' then summed.country_code
            when 'device' then summed.device_type
            else 'all'
        end as member,
        sum(summed.attempts) as attempts,
        sum(summed.sessions) as sessions,
        sum(summed.start_failures) as start_failures,
        sum(summed.exits_before_start) as exits_before_start,
        sum(summed.poor_sessions) as poor_sessions,
        sum(summed.startup_ms_sum) as startup_ms_sum,
        sum(summed.buffering_ms) as buffering_ms,
        sum(summed.playing_ms) as playing_ms

    from summed

    cross join breakdowns

    group by
        playback_date,
        breakdowns.breakdown,
        member

    having sum(summed.attempts) >= {{ var('outlier_min_attempts') }}

),

-- Each gets worse as it grows. In millionths, as whole numbers: no fence depends on how an engine divides.
measured as (

    select
        playback_date,
        breakdown,
        member,
        attempts,
        'start_failure_rate' as metric,
        {{ ratio('1000000 * start_failures', 'attempts') }} as figure

    from experienced

    union all

    select
        playback_date,
        breakdown,
        member,
        attempts,
        'exit_before_start_rate' as metric,
        {{ ratio('1000000 * exits_before_start', 'attempts') }} as figure

    from experienced

    union all

    select
        playback_date,
        breakdown,
        member,
        attempts,
        'rebuffering_ratio' as metric,
        {{ ratio('1000000 * buffering_ms', '(playing_ms + buffering_ms)') }} as figure

    from experienced

    union all

    select
        playback_date,
        breakdown,
        member,
        attempts,
        'poor_session_rate' as metric,
        {{ ratio('1000000 * poor_sessions', 'sessions') }} as figure

    from experienced

    union all

    select
        playback_date,
        breakdown,
        member,
        attempts,
        'average_startup_ms' as metric,
        {{ ratio('1000000 * startup_ms_sum', 'sessions') }} as figure

    from experienced

),

figures as (

    select
        playback_date,
        breakdown,
        member,
        metric,
        cast(attempts as bigint) as attempts,
        cast(round(figure) as bigint) as millionths

    from measured

    where figure is not null

),

-- The days before, of the same country or device; by their place in the order, the quarters are days'
-- own figures, and nothing is interpolated.
earlier as (

    select
        figures.playback_date,
        figures.breakdown,
        figures.member,
        figures.metric,
        figures.attempts,
        figures.millionths,
        baselines.millionths as baseline_millionths,
        count(*) over (
            partition by figures.playback_date, figures.breakdown, figures.member, figures.metric
        ) as baseline_days,
        row_number() over (
            partition by figures.playback_date, figures.breakdown, figures.member, figures.metric
            order by baselines.millionths
        ) as place

    from figures

    inner join figures as baselines
        on
            figures.breakdown = baselines.breakdown
            and figures.member = baselines.member
            and figures.metric = baselines.metric
            and figures.playback_date > baselines.playback_date
            and {{ add_days('figures.playback_date', '-' ~ days) }} <= baselines.playback_date

),

fenced as (

    select
        playback_date,
        breakdown,
        member,
        metric,
        attempts,
        millionths,
        baseline_days,
        min(case when place * 4 >= baseline_days then baseline_millionths end) as first_quartile,
        min(case when place * 2 >= baseline_days then baseline_millionths end) as median,
        min(case when place * 4 >= baseline_days * 3 then baseline_millionths end) as third_quartile

    from earlier

    where baseline_days >= {{ var('outlier_min_baseline_days') }}

    group by
        playback_date,
        breakdown,
        member,
        metric,
        attempts,
        millionths,
        baseline_days

)

select
    playback_date,
    breakdown,
    member,
    metric,
    attempts,
    cast(baseline_days as bigint) as baseline_days,
    {{ ratio('millionths', '1000000') }} as figure,
    {{ ratio('median', '1000000') }} as baseline_median,
    {{ ratio('5 * third_quartile - 3 * first_quartile', '2000000') }} as upper_fence

from fenced

-- Tukey's fence, third quartile + 1.5 x the distance between the quartiles, multiplied out.
where 2 * millionths > 5 * third_quartile - 3 * first_quartile
