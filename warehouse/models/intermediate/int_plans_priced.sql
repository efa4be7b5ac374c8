with

plans as (

    select * from {{ ref('stg_app__subscription_plans') }}

)

-- Double is exact enough: a twelfth of whole cents is never halfway between two numbers of four decimals.
select
    plan_id,
    plan_code,
    plan_name,
    billing_period,
    currency,
    max_resolution,
    max_streams,
    price_cents,
    cast(
        case billing_period
            when 'month' then price_cents
            when 'year' then round(price_cents / 12.0, 4)
        end
        as decimal(18, 4)
    ) as monthly_price_cents

from plans
