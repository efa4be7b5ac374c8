with

searches as (

    select * from {{ ref('fct_search_outcomes') }}

    where is_successful

)

select
    searched_date as search_date,
    device_type,
    clicked_position,
    cast(count(*) as bigint) as clicks,
    cast(count_if(is_played) as bigint) as plays,
    cast(coalesce(sum(time_to_play_ms), 0) as bigint) as time_to_play_ms_sum

from searches

group by
    searched_date,
    device_type,
    clicked_position
