with

plans as (

    select * from {{ ref('int_plans_priced') }}

)

select
    plan_id,
    plan_code,
    plan_name,
    price_cents,
    currency,
    billing_period,
    monthly_price_cents,
    max_resolution,
    max_streams,
    cast(row_number() over (order by monthly_price_cents, plan_id) as integer) as plan_rank

from plans
