with

events as (

    select * from {{ ref('stg_app__subscription_events') }}

),

plans as (

    select * from {{ ref('stg_app__subscription_plans') }}

),

-- What a user holds after each event; nothing after a cancellation. Of events at one instant the later
-- id is the later event.
steps as (

    select
        event_id,
        user_id,
        to_plan_id as plan_id,
        occurred_at,
        lag(to_plan_id) over (partition by user_id order by occurred_at, event_id) as previous_plan_id

    from events

),

-- A renewal goes on with the same plan, and so with the same period.
changes as (

    select
        user_id,
        plan_id,
        occurred_at as valid_from,
        lead(occurred_at) over (partition by user_id order by occurred_at, event_id) as valid_to

    from steps

    where plan_id is distinct from previous_plan_id

)

select
    changes.user_id,
    plans.plan_id,
    plans.plan_code,
    changes.valid_from,
    changes.valid_to

from changes

inner join plans on changes.plan_id = plans.plan_id

-- A plan that was changed again in the same instant was held for no time.
where changes.valid_to is null or changes.valid_to > changes.valid_from
