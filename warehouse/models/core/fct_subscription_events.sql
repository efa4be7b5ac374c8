{{
    config(
        materialized='incremental',
        pre_hook="{{ take_out_changed('event_id', ref('int_subscription_events_changed')) }}"
    )
}}

with

events as (

    select * from {{ ref('stg_app__subscription_events') }}

    {{ only_changed('event_id', ref('int_subscription_events_changed')) }}

),

users as (

    select * from {{ ref('stg_app__users') }}

),

plans as (

    select * from {{ ref('int_plans_priced') }}

)

select
    events.event_id,
    events.user_id,
    users.country_code,
    events.event_type,
    from_plans.plan_code as from_plan_code,
    to_plans.plan_code as to_plan_code,
    events.amount_cents,
    events.reason,
    events.occurred_at,
    cast(events.occurred_at as date) as occurred_date,
    cast(
        coalesce(to_plans.monthly_price_cents, 0) - coalesce(from_plans.monthly_price_cents, 0)
        as decimal(18, 4)
    ) as mrr_change_cents

from events

left join users on events.user_id = users.user_id

left join plans as from_plans on events.from_plan_id = from_plans.plan_id

left join plans as to_plans on events.to_plan_id = to_plans.plan_id
