-- Where the story of the events ends, the account stands: on the same plan while active, on none after.
with

accounts as (

    select * from {{ ref('dim_users') }}

    where is_current

),

running as (

    select * from {{ ref('int_plan_periods') }}

    where valid_to is null

)

select
    accounts.user_id,
    accounts.is_active,
    accounts.plan_code as plan_of_account,
    running.plan_code as plan_of_events

from accounts

left join running on accounts.user_id = running.user_id

where
    {{ is_complete('subscription_events') }}
    and (
        accounts.is_active <> (running.user_id is not null)
        or (accounts.is_active and accounts.plan_code <> running.plan_code)
    )
