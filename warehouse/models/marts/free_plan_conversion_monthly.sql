{%- set window_days = var('free_trial_days') + var('free_trial_grace_days') -%}

with

events as (

    select * from {{ ref('fct_subscription_events') }}

),

plans as (

    select * from {{ ref('dim_plans') }}

),

countries as (

    select distinct
        user_id,
        country_code

    from {{ ref('fct_subscription_days') }}

),

last_dates as (

    select max(occurred_date) as last_date

    from events

),

told as (

    select
        events.event_id,
        events.user_id,
        events.occurred_at,
        events.occurred_date,
        plans.monthly_price_cents

    from events

    left join plans on events.to_plan_code = plans.plan_code

),

dated as (

    select
        user_id,
        min(occurred_at) as started_at,
        min(occurred_date) as started_date,
        min(case when monthly_price_cents > 0 then occurred_date end) as paid_date

    from told

    group by user_id

),

-- Of events at one instant the later id is the later event.
first_steps as (

    select
        dated.*,
        told.monthly_price_cents

    from dated

    inner join told on dated.user_id = told.user_id and dated.started_at = told.occurred_at

    qualify row_number() over (partition by told.user_id order by told.event_id) = 1

),

users as (

    select * from first_steps

    where monthly_price_cents = 0

),

judged as (

    select
        cast(date_trunc('month', users.started_date) as date) as start_month,
        countries.country_code,
        users.paid_date - users.started_date as days_to_paid,
        coalesce(users.paid_date - users.started_date <= {{ window_days }}, false) as is_converted,
        users.paid_date is not null as has_ever_paid,
        last_dates.last_date - users.started_date <= {{ window_days }} as is_undecided_window

    from users

    inner join countries on users.user_id = countries.user_id

    cross join last_dates

),

counted as (

    select
        start_month,
        country_code,
        cast(count(*) as bigint) as free_starts,
        cast(count_if(is_converted) as bigint) as conversions,
        cast(
            coalesce(sum(case when is_converted then days_to_paid end), 0) as bigint
        ) as days_to_conversion_sum,
        cast(count_if(has_ever_paid) as bigint) as ever_paid,
        cast(count_if(is_undecided_window and not is_converted) as bigint) as undecided_starts

    from judged

    group by
        start_month,
        country_code

)

select
    *,
    -- As long as some can still convert, the rate is not known.
    case when undecided_starts = 0 then {{ ratio('conversions', 'free_starts') }} end as conversion_rate

from counted
