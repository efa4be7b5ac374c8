{%- set plays = plays_to_count(ref('fct_viewing_sessions'), ref('dim_content'), ref('chg_viewer_plays')) -%}
{%- set longest_span = 28 -%}

with

gaps as (

    select
        'all' as breakdown,
        viewing_gaps.*

    from {{ viewing_gaps(plays, "'all'", longest_span) }} as viewing_gaps

    union all

    select
        'country' as breakdown,
        viewing_gaps.*

    from {{ viewing_gaps(plays, 'plays.country_code', longest_span) }} as viewing_gaps

    union all

    select
        'plan' as breakdown,
        viewing_gaps.*

    from {{ viewing_gaps(plays, 'plays.plan_code', longest_span) }} as viewing_gaps

    union all

    select
        'device' as breakdown,
        viewing_gaps.*

    from {{ viewing_gaps(plays, 'plays.device_type', longest_span) }} as viewing_gaps

    union all

    select
        'genre' as breakdown,
        viewing_gaps.*

    from {{ viewing_gaps(plays, 'plays.genre', longest_span) }} as viewing_gaps

),

added as (

    select
        breakdown,
        breakdown_value,
        started_date,
        gap_days,
        viewers

    from gaps

    {{ and_what_was_there(['breakdown', 'breakdown_value', 'started_date', 'gap_days', 'viewers']) }}

)

select
    breakdown,
    breakdown_value,
    started_date,
    cast(gap_days as integer) as gap_days,
    cast(sum(viewers) as bigint) as viewers

from added

group by
    breakdown,
    breakdown_value,
    started_date,
    gap_days

having sum(viewers) <> 0
