{%- set plays = plays_to_count(ref('fct_viewing_sessions'), ref('dim_content'), ref('chg_viewer_plays')) -%}
{%- set dates = ref('dim_dates') -%}
{%- set keys = ['breakdown', 'breakdown_value', 'started_date'] -%}
{%- set sums = [
    'sessions',
    'watch_seconds',
    'valid_sessions',
    'completion_rate_sum',
    'viewers_new_in_week',
    'viewers_new_in_month',
] -%}

with

played as (

    select
        'title' as breakdown,
        cast(by_title.breakdown_value as varchar) as breakdown_value,
        by_title.started_date,
        {{ sums | join(', ') }}

    from {{ viewers_by_day(plays, dates, 'plays.content_id') }} as by_title

    union all

    select
        'genre' as breakdown,
        by_genre.breakdown_value,
        by_genre.started_date,
        {{ sums | join(', ') }}

    from {{ viewers_by_day(plays, dates, 'plays.genre') }} as by_genre

    union all

    select
        'is_original' as breakdown,
        cast(by_origin.breakdown_value as varchar) as breakdown_value,
        by_origin.started_date,
        {{ sums | join(', ') }}

    from {{ viewers_by_day(plays, dates, 'plays.is_original') }} as by_origin

),

added as (

    select {{ (keys + sums) | join(', ') }} from played

    {{ and_what_was_there(keys + sums) }}

)

select
    breakdown,
    breakdown_value,
    started_date,
    cast(sum(sessions) as bigint) as sessions,
    cast(sum(watch_seconds) as bigint) as watch_seconds,
    cast(sum(valid_sessions) as bigint) as valid_sessions,
    cast(sum(completion_rate_sum) as decimal(18, 4)) as completion_rate_sum,
    cast(sum(viewers_new_in_week) as bigint) as viewers_new_in_week,
    cast(sum(viewers_new_in_month) as bigint) as viewers_new_in_month

from added

group by
    breakdown,
    breakdown_value,
    started_date

having sum(sessions) <> 0
