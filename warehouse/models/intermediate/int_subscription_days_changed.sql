with

changed as (

    select holders.user_id from {{ ref('stg_app__plan_holders_changed') }} as holders

    union

    select homes.user_id from {{ ref('stg_app__homes_changed') }} as homes

)

select user_id from changed
