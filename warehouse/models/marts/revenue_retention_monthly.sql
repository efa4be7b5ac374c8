{%- set before -%}
    partition by spans.country_code, spans.plan_code
    order by months.month_start_date rows between unbounded preceding and 1 preceding
{%- endset -%}

with

changes as (

    select
        *,
        cast(date_trunc('month', change_date) as date) as month_start_date

    from {{ ref('fct_subscription_days') }}

),

-- What a day begins with is what the one before has left: days on which nothing moved, as those of a
-- renewal, tell nothing of the states around a month, and they are most.
moves as (

    select *

    from changes

    where mrr_before_cents <> mrr_after_cents or plan_code_before is distinct from plan_code_after

),

-- What a month did to a user, whatever happened within it: the state before its first move, and that after
-- its last one. '' stands for no plan, which engines leave out otherwise.
user_months as (

    select
        user_id,
        country_code,
        month_start_date,
        nullif(min_by(coalesce(plan_code_before, ''), change_date), '') as plan_code_before,
        min_by(mrr_before_cents, change_date) as mrr_before_cents,
        nullif(max_by(coalesce(plan_code_after, ''), change_date), '') as plan_code_after,
        max_by(mrr_after_cents, change_date) as mrr_after_cents,
        coalesce(
            max(case when mrr_movement = 'involuntary_churn' then change_date end)
            = max(case when mrr_movement in ('voluntary_churn', 'involuntary_churn') then change_date end),
            false
        ) as is_involuntary

    from moves

    group by
        user_id,
        country_code,
        month_start_date

),

change_dates as (

    select
        min(change_date) as first_date,
        max(change_date) as last_date

    from changes

),

months as (

    select
        dates.month_start_date,
        max(dates.calendar_date) as counted_to_date

    from {{ ref('dim_dates') }} as dates

    inner join change_dates
        on dates.calendar_date between change_dates.first_date and change_dates.last_date

    group by dates.month_start_date

),

turns as (

    select
        month_start_date,
        country_code,
        plan_code_after as plan_code,
        1 as payer_change,
        mrr_after_cents as mrr_change_cents

    from user_months

    where mrr_after_cents > 0

    union all

    select
        month_start_date,
        country_code,
        plan_code_before as plan_code,
        -1 as payer_change,
        -mrr_before_cents as mrr_change_cents

    from user_months

    where mrr_before_cents > 0

),

net_turns as (

    select
        month_start_date,
        country_code,
        plan_code,
        sum(payer_change) as payer_change,
        sum(mrr_change_cents) as mrr_change_cents

    from turns

    group by
        month_start_date,
        country_code,
        plan_code

),

spans as (

    select distinct
        country_code,
        plan_code

    from net_turns

),

started as (

    select
        months.month_start_date,
        months.counted_to_date,
        spans.country_code,
        spans.plan_code,
        sum(coalesce(net_turns.payer_change, 0)) over ({{ before }}) as payers_at_start,
        sum(coalesce(net_turns.mrr_change_cents, 0)) over ({{ before }}) as mrr_at_start_cents

    from months

    cross join spans

    left join net_turns
        on
            months.month_start_date = net_turns.month_start_date
            and spans.country_code = net_turns.country_code
            and spans.plan_code = net_turns.plan_code

),

-- Of those alone who paid when the month began.
moved as (

    select
        month_start_date,
        country_code,
        plan_code_before as plan_code,
        count_if(mrr_after_cents = 0 and not is_involuntary) as voluntarily_lost_payers,
        count_if(mrr_after_cents = 0 and is_involuntary) as involuntarily_lost_payers,
        sum(
            case when mrr_after_cents > mrr_before_cents then mrr_after_cents - mrr_before_cents else 0 end
        ) as expansion_mrr_cents,
        sum(
            case
                when mrr_after_cents > 0 and mrr_after_cents < mrr_before_cents
                    then mrr_before_cents - mrr_after_cents
                else 0
            end
        ) as contraction_mrr_cents,
        sum(case when mrr_after_cents = 0 then mrr_before_cents else 0 end) as churn_mrr_cents

    from user_months

    where mrr_before_cents > 0

    group by
        month_start_date,
        country_code,
        plan_code_before

),

counted as (

    select
        started.month_start_date,
        started.counted_to_date,
        started.country_code,
        started.plan_code,
        cast(started.payers_at_start as bigint) as payers_at_start,
        cast(coalesce(moved.voluntarily_lost_payers, 0) as bigint) as voluntarily_lost_payers,
        cast(coalesce(moved.involuntarily_lost_payers, 0) as bigint) as involuntarily_lost_payers,
        cast(started.mrr_at_start_cents as decimal(18, 4)) as mrr_at_start_cents,
        cast(coalesce(moved.expansion_mrr_cents, 0) as decimal(18, 4)) as expansion_mrr_cents,
        cast(coalesce(moved.contraction_mrr_cents, 0) as decimal(18, 4)) as contraction_mrr_cents,
        cast(coalesce(moved.churn_mrr_cents, 0) as decimal(18, 4)) as churn_mrr_cents

    from started

    left join moved
        on
            started.month_start_date = moved.month_start_date
            and started.country_code = moved.country_code
            and started.plan_code = moved.plan_code

    where started.payers_at_start > 0

)

select
    *,
    {{ ratio('(voluntarily_lost_payers + involuntarily_lost_payers)', 'payers_at_start') }} as churn_rate,
    {{ ratio('(mrr_at_start_cents - contraction_mrr_cents - churn_mrr_cents)', 'mrr_at_start_cents') }}
        as gross_revenue_retention,
    {{
        ratio(
            '(mrr_at_start_cents + expansion_mrr_cents - contraction_mrr_cents - churn_mrr_cents)',
            'mrr_at_start_cents'
        )
    }} as net_revenue_retention

from counted
