{%- set sessions, dates = ref('fct_viewing_sessions'), ref('dim_dates') -%}

with

gaps as (

    select * from {{ ref('agg_viewing_gaps') }}

    where breakdown = 'all'

),

breakdown_values as (

    select
        'all' as breakdown,
        'all' as breakdown_value

)

select
    activity_date,
    dau,
    wau,
    mau,
    {{ ratio('dau', 'mau') }} as stickiness

from {{ active_viewers('gaps', 'breakdown_values', sessions, dates) }} as active_viewers
