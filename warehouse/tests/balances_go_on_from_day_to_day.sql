-- A day starts with what the day before has ended with, and no day is missing; the first one starts at zero.
with

followed as (

    select
        balance_date,
        country_code,
        subscribers_at_start,
        payers_at_start,
        mrr_at_start_cents,
        lag(balance_date) over (partition by country_code order by balance_date) as date_before,
        lag(subscribers_at_end) over (partition by country_code order by balance_date) as subscribers_before,
        lag(payers_at_end) over (partition by country_code order by balance_date) as payers_before,
        lag(mrr_at_end_cents) over (partition by country_code order by balance_date) as mrr_before_cents

    from {{ ref('subscription_balance_daily') }}

)

select *

from followed

where
    balance_date <> date_before + 1
    or subscribers_at_start <> coalesce(subscribers_before, 0)
    or payers_at_start <> coalesce(payers_before, 0)
    or mrr_at_start_cents <> coalesce(mrr_before_cents, 0)
