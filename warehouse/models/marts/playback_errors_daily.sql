{{
    config(
        materialized='incremental',
        pre_hook="{{ take_out_touched(
            [
                ('playback_date', 'started_date'),
                ('country_code', 'country_code'),
                ('device_type', 'device_type'),
            ],
            ref('chg_viewing_sessions')
        ) }}"
    )
}}

with

attempts as (

    select * from {{ ref('fct_viewing_sessions') }}

    {{ only_touched(['started_date', 'country_code', 'device_type'], ref('chg_viewing_sessions')) }}

),

failed as (

    select * from attempts

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
