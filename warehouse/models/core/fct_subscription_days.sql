{{
    config(
        materialized='incremental',
        pre_hook="{{ take_out_changed('user_id', ref('int_subscription_days_changed')) }}"
    )
}}

with

events as (

    select * from {{ ref('stg_app__subscription_events') }}

    {{ only_changed('user_id', ref('int_subscription_days_changed')) }}

),

plans as (

    select * from {{ ref('int_plans_priced') }}

),

-- An account that was erased keeps the country that it was last seen in.
countries as (

    select
        user_id,
        country_code

    from {{ ref('stg_app__users_observed') }}

    qualify row_number() over (partition by user_id order by observed_from_date desc) = 1

),

-- What a user has before an event is what the event before it has left, whatever the event itself says:
-- so the changes of a user always add up to what the user has at last.
held as (

    select
        events.event_id,
        events.user_id,
        events.event_type,
        events.reason,
        events.occurred_at,
        cast(events.occurred_at as date) as change_date,
        plans.plan_code as plan_code_after,
        coalesce(plans.monthly_price_cents, 0) as mrr_after_cents,
        lag(plans.plan_code) over (
            partition by events.user_id order by events.occurred_at, events.event_id
        ) as plan_code_before,
        lag(plans.monthly_price_cents) over (
            partition by events.user_id order by events.occurred_at, events.event_id
        ) as mrr_before_cents

    from events

    left join plans on events.to_plan_id = plans.plan_id

),

steps as (

    select
        *,
        row_number() over (
            partition by user_id, change_date order by occurred_at, event_id
        ) as step_number,
        count(*) over (partition by user_id, change_date) as steps,
        mrr_before_cents > 0 and mrr_after_cents = 0 as is_end_of_paying

    from held

),

-- Of several steps on one day by which a user stopped paying, the last one tells why.
judged as (

    select
        *,
        max(case when is_end_of_paying then step_number end) over (
            partition by user_id, change_date
        ) as last_end_of_paying

    from steps

),

days as (

    select
        user_id,
        change_date,
        max(case when step_number = 1 then plan_code_before end) as plan_code_before,
        max(case when step_number = steps then plan_code_after end) as plan_code_after,
        cast(
            coalesce(max(case when step_number = 1 then mrr_before_cents end), 0) as decimal(18, 4)
        ) as mrr_before_cents,
        cast(
            max(case when step_number = steps then mrr_after_cents end) as decimal(18, 4)
        ) as mrr_after_cents,
        max(case when step_number = steps and plan_code_after is null then reason end) as leaving_reason,
        -- Who changes to a plan without a price has chosen so, and no reason is told.
        max(
            case when step_number = last_end_of_paying then coalesce(reason, 'voluntary') end
        ) as churn_reason,
        cast(count_if(event_type = 'renewal') as integer) as renewals

    from judged

    group by
        user_id,
        change_date

),

followed as (

    select
        *,
        coalesce(max(case when plan_code_after is not null then 1 end) over (
            partition by user_id order by change_date rows between unbounded preceding and 1 preceding
        ), 0) = 1 as was_subscriber,
        coalesce(max(case when mrr_after_cents > 0 then 1 end) over (
            partition by user_id order by change_date rows between unbounded preceding and 1 preceding
        ), 0) = 1 as was_payer,
        min(case when mrr_after_cents > 0 then change_date end) over (
            partition by user_id
        ) as first_paying_date,
        lead(change_date) over (partition by user_id order by change_date) as next_change_date

    from days

)

select
    followed.user_id,
    followed.change_date,
    countries.country_code,
    followed.plan_code_before,
    followed.plan_code_after,
    followed.mrr_before_cents,
    followed.mrr_after_cents,
    cast(followed.mrr_after_cents - followed.mrr_before_cents as decimal(18, 4)) as mrr_change_cents,
    case
        when followed.plan_code_before is null and followed.plan_code_after is not null
            then case when followed.was_subscriber then 'rejoined' else 'joined' end
        when followed.plan_code_before is not null and followed.plan_code_after is null
            then
                case
                    when followed.leaving_reason = 'payment_failed' then 'involuntary_leave'
                    else 'voluntary_leave'
                end
        else 'none'
    end as subscriber_movement,
    case
        when followed.mrr_before_cents = 0 and followed.mrr_after_cents > 0
            then case when followed.was_payer then 'reactivation' else 'new' end
        when followed.mrr_before_cents > 0 and followed.mrr_after_cents = 0
            then
                case
                    when followed.churn_reason = 'payment_failed' then 'involuntary_churn'
                    else 'voluntary_churn'
                end
        when followed.mrr_after_cents > followed.mrr_before_cents then 'expansion'
        when followed.mrr_after_cents < followed.mrr_before_cents then 'contraction'
        else 'none'
    end as mrr_movement,
    followed.renewals,
    followed.first_paying_date,
    followed.next_change_date

from followed

left join countries on followed.user_id = countries.user_id
