-- Where the story of the events ends, the account stands: on the same plan while active, on none after.
with

users as (

    select * from {{ ref('dim_users') }}

    where is_current

),

running as (

    select * from {{ ref('int_plan_periods') }}

    where valid_to is null

)

select
    users.user_id,
    users.is_active,
    users.plan_code as plan_of_account,
    running.plan_code as plan_of_events

from users

left join running on users.user_id = running.user_id

where
    {{ is_complete('subscription_events') }}
    and (
        users.is_active <> (running.user_id is not null)
        or (users.is_active and users.plan_code <> running.plan_code)
    )
