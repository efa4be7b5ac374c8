{%- set sessions, dates = ref('fct_viewing_sessions'), ref('dim_dates') -%}

with

gaps as (

    select * from {{ ref('agg_viewing_gaps') }}

    where breakdown <> 'all'

),

breakdown_values as (

    select distinct
        breakdown,
        breakdown_value

    from gaps

)

select
    activity_date,
    breakdown,
    breakdown_value,
    dau,
    wau,
    mau,
    {{ ratio('dau', 'mau') }} as stickiness

from {{ active_viewers('gaps', 'breakdown_values', sessions, dates) }} as active_viewers
