-- Where all movements have led: the subscribers, and the price of a month, of the plans that are held now.
with

last_balance as (

    select
        coalesce(sum(subscribers_at_end), 0) as subscribers,
        coalesce(sum(mrr_at_end_cents), 0) as mrr_cents

    from {{ ref('subscription_balance_daily') }}

    where
        balance_date = (
            select max(balances.balance_date)
            from {{ ref('subscription_balance_daily') }} as balances
        )

),

held as (

    select
        count(*) as subscribers,
        coalesce(sum(priced.monthly_price_cents), 0) as mrr_cents

    from {{ ref('int_plan_periods') }} as plan_periods

    inner join {{ ref('dim_plans') }} as priced on plan_periods.plan_id = priced.plan_id

    where plan_periods.valid_to is null

)

select
    last_balance.subscribers as subscribers_of_balance,
    held.subscribers as subscribers_held,
    last_balance.mrr_cents as mrr_of_balance,
    held.mrr_cents as mrr_held

from last_balance

cross join held

where last_balance.subscribers <> held.subscribers or last_balance.mrr_cents <> held.mrr_cents
