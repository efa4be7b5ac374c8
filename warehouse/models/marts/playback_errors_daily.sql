with

failed as (

    select * from {{ ref('fct_viewing_sessions') }}

    where error_code is not null

)

select
    started_date as playback_date,
    error_code,
    country_code,
    device_type,
    cast(count_if(is_start_failure) as bigint) as start_failures,
    cast(count_if(is_play) as bigint) as playback_failures

from failed

group by
    started_date,
    error_code,
    country_code,
    device_type
