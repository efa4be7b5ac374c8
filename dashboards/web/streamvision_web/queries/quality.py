"""Queries on how well it plays, of the page on subscriptions and engagement."""

from streamvision_web.filters import Reach
from streamvision_web.queries import Query

_QUALITY = Reach(day="playback_date")

REBUFFERING = Query(
    """
    select
        sum(daily.buffering_seconds)::double
        / nullif(sum(daily.playing_seconds) + sum(daily.buffering_seconds), 0) as rebuffering_ratio,
        coalesce(sum(daily.sessions), 0)::bigint as sessions
    from marts.playback_quality_daily as daily
    where {filters}
    """,
    _QUALITY,
)

# Both ratios are sums divided once; a mean of daily ratios would weigh a quiet day like a busy one.
REBUFFERING_TREND = Query(
    """
    with days as (
        select
            daily.playback_date,
            sum(daily.buffering_seconds)::double as buffering,
            sum(daily.playing_seconds)::double as playing
        from marts.playback_quality_daily as daily
        where {filters}
        group by daily.playback_date
    ),

    weeks as (
        select
            days.playback_date,
            days.buffering,
            days.playing,
            sum(days.buffering) over (
                order by days.playback_date range between interval '6 days' preceding and current row
            ) as week_buffering,
            sum(days.playing) over (
                order by days.playback_date range between interval '6 days' preceding and current row
            ) as week_playing
        from days
    )

    select
        weeks.playback_date::varchar as day,
        weeks.buffering / nullif(weeks.playing + weeks.buffering, 0) as daily,
        weeks.week_buffering / nullif(weeks.week_playing + weeks.week_buffering, 0) as weekly
    from weeks
    order by weeks.playback_date
    """,
    _QUALITY,
)

# Days are held against those before only as a whole, by country and by device.
OUTLIER_DAYS = Query(
    """
    select outliers.playback_date::varchar as day, outliers.figure, outliers.upper_fence
    from marts.playback_outliers as outliers
    where
        {filters}
        and outliers.metric = 'rebuffering_ratio'
        and outliers.breakdown = $breakdown
        and outliers.member = $member
    order by outliers.playback_date
    """,
    Reach(day="playback_date", country=None, plans=(), genre=None, device=None),
)

_WORST = """
    with places as (
        select
            daily.{column} as member,
            sum(daily.sessions)::bigint as sessions,
            sum(daily.buffering_seconds)::double
            / nullif(sum(daily.playing_seconds) + sum(daily.buffering_seconds), 0) as rebuffering_ratio
        from marts.playback_quality_daily as daily
        where {{filters}}
        group by daily.{column}
        having sum(daily.sessions) >= $least
    ),

    outliers as (
        select flagged.member, count(*) as outlier_days
        from marts.playback_outliers as flagged
        where
            {{outliers_filters}}
            and flagged.metric = 'rebuffering_ratio'
            and flagged.breakdown = '{breakdown}'
        group by flagged.member
    )

    select
        places.member,
        {names},
        places.sessions,
        places.rebuffering_ratio,
        coalesce(outliers.outlier_days, 0)::bigint as outlier_days
    from places
    left join outliers on places.member = outliers.member
    {join}
    where places.rebuffering_ratio is not null
    qualify row_number() over (order by places.rebuffering_ratio desc, places.member) <= $top
    order by places.rebuffering_ratio desc, places.member
"""
_OUTLIERS = {"outliers_filters": Reach(day="playback_date", country=None, plans=(), genre=None, device=None)}

WORST_COUNTRIES = Query(
    _WORST.format(
        column="country_code",
        breakdown="country",
        names="coalesce(countries.country_name_en, places.member) as en,"
        " coalesce(countries.country_name_fr, places.member) as fr",
        join="left join marts.countries on places.member = countries.country_code",
    ),
    _QUALITY,
    _OUTLIERS,
)

WORST_DEVICES = Query(
    _WORST.format(
        column="device_type", breakdown="device", names="places.member as en, places.member as fr", join=""
    ),
    _QUALITY,
    _OUTLIERS,
)

# A resolution's share is one of the time played: a short session weighs little.
RESOLUTION_SPLIT = Query(
    """
    with stepped as (
        select
            (
                case $step
                    when 'month' then date_trunc('month', daily.playback_date)
                    when 'week' then date_trunc('week', daily.playback_date)
                    else daily.playback_date
                end
            )::date as period_date,
            daily.resolution,
            daily.playing_seconds,
            daily.sessions
        from marts.playback_quality_daily as daily
        where {filters}
    )

    select
        stepped.period_date::varchar as period,
        stepped.resolution,
        sum(stepped.playing_seconds)::bigint as playing_seconds,
        sum(stepped.sessions)::bigint as sessions
    from stepped
    group by stepped.period_date, stepped.resolution
    having sum(stepped.playing_seconds) > 0
    order by
        stepped.period_date,
        case stepped.resolution
            when 'SD' then 1
            when 'HD' then 2
            when 'Full HD' then 3
            when '4K' then 4
            else 5
        end,
        stepped.resolution
    """,
    _QUALITY,
)
