with

ended as (

    select * from {{ ref('agg_title_completion') }}

),

played as (

    select
        content_id,
        sum(sessions) as sessions

    from ended

    group by content_id

),

percents as (

    select cast(series.series_number as smallint) as completion_percent

    from {{ number_series(100) }} as series

),

counted as (

    select
        played.content_id,
        percents.completion_percent,
        cast(coalesce(ended.sessions, 0) as bigint) as ended_sessions,
        cast(
            sum(coalesce(ended.sessions, 0)) over (
                partition by played.content_id
                order by percents.completion_percent desc rows between unbounded preceding and current row
            ) as bigint
        ) as reached_sessions,
        cast(played.sessions as bigint) as sessions

    from played

    cross join percents

    left join ended
        on
            played.content_id = ended.content_id
            and percents.completion_percent = ended.completion_percent

)

select
    counted.content_id,
    titles.title,
    titles.content_type,
    titles.genre,
    counted.completion_percent,
    counted.ended_sessions,
    counted.reached_sessions,
    counted.sessions,
    {{ ratio('counted.reached_sessions', 'counted.sessions') }} as reached_share

from counted

left join {{ ref('dim_content') }} as titles on counted.content_id = titles.content_id
