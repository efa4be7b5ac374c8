with

-- An event as it was before the window tells of another story than as it is now: both count.
events as (

    select * from {{ source('app', 'subscription_events') }}

),

plans as (

    select id as plan_id

    from {{ source('app', 'subscription_plans') }}

    where {{ changed_in_window('_valid_from_batch', '_valid_to_batch') }}

),

moments as (

    select
        user_id,
        {{ to_utc('occurred_at') }} as occurred_at

    from events

    where
        {{ changed_in_window('_valid_from_batch', '_valid_to_batch') }}
        or to_plan_id in (select plans.plan_id from plans)

)

select
    user_id,
    min(occurred_at) as changed_from

from moments

group by user_id
