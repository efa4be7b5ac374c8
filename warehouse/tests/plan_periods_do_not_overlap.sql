-- At no moment does a user hold two plans: a session would be counted twice.
with

followed as (

    select
        user_id,
        valid_from,
        valid_to,
        lead(valid_from) over (partition by user_id order by valid_from) as next_valid_from

    from {{ ref('int_plan_periods') }}

)

select *

from followed

where next_valid_from < coalesce(valid_to, cast('9999-12-31' as timestamp))
