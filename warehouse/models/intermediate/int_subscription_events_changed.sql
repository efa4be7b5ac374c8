with

plans as (

    select row_id

    from {{ ref('stg_app__rows_changed') }}

    where table_name = 'subscription_plans'

),

changed as (

    select row_id as event_id

    from {{ ref('stg_app__rows_changed') }}

    where table_name = 'subscription_events'

    union

    select event_id

    from {{ ref('stg_app__subscription_events') }}

    where user_id in (select homes.user_id from {{ ref('stg_app__homes_changed') }} as homes)

    union

    select event_id

    from {{ ref('stg_app__subscription_events') }}

    where
        from_plan_id in (select plans.row_id from plans)
        or to_plan_id in (select plans.row_id from plans)

)

select event_id from changed
