-- All movements together are the monthly recurring revenue of the plans that are held at the end.
with

movements as (

    select coalesce(sum(mrr_change_cents), 0) as mrr_cents

    from {{ ref('subscription_movements') }}

),

held as (

    select coalesce(sum(priced.monthly_price_cents), 0) as mrr_cents

    from {{ ref('int_plan_periods') }} as plan_periods

    inner join {{ ref('dim_plans') }} as priced on plan_periods.plan_id = priced.plan_id

    where plan_periods.valid_to is null

)

select
    movements.mrr_cents as mrr_of_movements,
    held.mrr_cents as mrr_of_plans_held

from movements

cross join held

where
    {{ is_complete('subscription_events') }}
    and movements.mrr_cents <> held.mrr_cents
