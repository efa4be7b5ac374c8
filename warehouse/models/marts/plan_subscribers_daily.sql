{%- set running -%}
    partition by spans.country_code, spans.plan_code
    order by dates.calendar_date rows between unbounded preceding and current row
{%- endset -%}

with

changes as (

    select * from {{ ref('fct_subscription_days') }}

),

last_dates as (

    select max(change_date) as last_date

    from changes

),

-- Each change takes a user off one plan and puts the user on another.
turns as (

    select
        change_date,
        country_code,
        plan_code_after as plan_code,
        1 as user_change,
        mrr_after_cents as mrr_change_cents

    from changes

    where plan_code_after is not null

    union all

    select
        change_date,
        country_code,
        plan_code_before as plan_code,
        -1 as user_change,
        -mrr_before_cents as mrr_change_cents

    from changes

    where plan_code_before is not null

),

net_turns as (

    select
        change_date,
        country_code,
        plan_code,
        sum(user_change) as user_change,
        sum(mrr_change_cents) as mrr_change_cents

    from turns

    group by
        change_date,
        country_code,
        plan_code

),

spans as (

    select
        country_code,
        plan_code,
        min(change_date) as first_date

    from net_turns

    group by
        country_code,
        plan_code

),

held as (

    select
        dates.calendar_date as balance_date,
        spans.country_code,
        spans.plan_code,
        cast(sum(coalesce(net_turns.user_change, 0)) over ({{ running }}) as bigint) as subscribers_at_end,
        cast(
            sum(coalesce(net_turns.mrr_change_cents, 0)) over ({{ running }}) as decimal(18, 4)
        ) as mrr_at_end_cents

    from spans

    cross join last_dates

    inner join {{ ref('dim_dates') }} as dates
        on dates.calendar_date between spans.first_date and last_dates.last_date

    left join net_turns
        on
            dates.calendar_date = net_turns.change_date
            and spans.country_code = net_turns.country_code
            and spans.plan_code = net_turns.plan_code

)

select
    balance_date,
    country_code,
    plan_code,
    subscribers_at_end,
    mrr_at_end_cents

from held

where subscribers_at_end <> 0 or mrr_at_end_cents <> 0
