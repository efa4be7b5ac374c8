with

plans as (

    select * from {{ ref('stg_app__subscription_plans') }}

),

-- Double is exact enough: a twelfth of whole cents is never halfway between two numbers of four decimals.
priced as (

    select
        *,
        cast(
            case billing_period
                when 'month' then price_cents
                when 'year' then round(price_cents / 12.0, 4)
            end
            as decimal(18, 4)
        ) as monthly_price_cents

    from plans

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

from priced
