with

events as (

    select * from {{ ref('fct_subscription_events') }}

)

select
    occurred_date as movement_date,
    country_code,
    event_type as movement_type,
    from_plan_code,
    to_plan_code,
    cast(count(*) as bigint) as events,
    cast(sum(mrr_change_cents) as decimal(18, 4)) as mrr_change_cents

from events

group by
    occurred_date,
    country_code,
    event_type,
    from_plan_code,
    to_plan_code
