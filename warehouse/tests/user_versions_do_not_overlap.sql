-- On no day does an account have two versions.
with

followed as (

    select
        user_id,
        valid_from,
        valid_to,
        lead(valid_from) over (partition by user_id order by valid_from) as next_valid_from

    from {{ ref('dim_users') }}

)

select *

from followed

where next_valid_from < coalesce(valid_to, cast('9999-12-31' as date))
