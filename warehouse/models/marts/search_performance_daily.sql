with

searches as (

    select * from {{ ref('fct_search_outcomes') }}

),

counted as (

    select
        searched_date as search_date,
        country_code,
        device_type,
        cast(count(*) as bigint) as searches,
        cast(count_if(is_zero_result) as bigint) as zero_result_searches,
        cast(count_if(is_successful) as bigint) as successful_searches,
        cast(count_if(is_played) as bigint) as played_searches,
        cast(coalesce(sum(clicked_position), 0) as bigint) as clicked_position_sum,
        cast(
            coalesce(sum(case when is_played then clicked_position end), 0) as bigint
        ) as played_position_sum,
        -- In millionths, rounded one by one: the sum is the same in whatever order it is made.
        cast(
            coalesce(sum(cast(round({{ ratio('1000000', 'clicked_position') }}) as bigint)), 0) as bigint
        ) as reciprocal_rank_millionths,
        cast(coalesce(sum(time_to_play_ms), 0) as bigint) as time_to_play_ms_sum

    from searches

    group by
        searched_date,
        country_code,
        device_type

)

select
    *,
    {{ ratio('zero_result_searches', 'searches') }} as zero_result_rate,
    {{ ratio('successful_searches', 'searches') }} as success_rate,
    {{ ratio('played_searches', 'searches') }} as play_rate,
    {{ ratio('reciprocal_rank_millionths', '(1000000 * searches)') }} as mean_reciprocal_rank,
    {{ ratio('clicked_position_sum', 'successful_searches') }} as average_clicked_position,
    {{ ratio('played_position_sum', 'played_searches') }} as average_position_to_play,
    {{ ratio('time_to_play_ms_sum', 'played_searches') }} / 1000 as average_seconds_to_play

from counted
