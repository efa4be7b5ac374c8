select
    plan_code,
    plan_name,
    plan_rank,
    monthly_price_cents

from {{ ref('dim_plans') }}
