{%- set running -%}
    partition by country_code order by balance_date rows between unbounded preceding and current row
{%- endset -%}

with

changes as (

    select * from {{ ref('fct_subscription_days') }}

),

change_dates as (

    select
        min(change_date) as first_date,
        max(change_date) as last_date

    from changes

),

countries as (

    select distinct country_code from changes

),

moved as (

    select
        change_date,
        country_code,
        count_if(subscriber_movement = 'joined') as joined_subscribers,
        count_if(subscriber_movement = 'rejoined') as rejoined_subscribers,
        count_if(subscriber_movement = 'voluntary_leave') as voluntarily_left_subscribers,
        count_if(subscriber_movement = 'involuntary_leave') as involuntarily_left_subscribers,
        count_if(mrr_movement = 'new') as new_payers,
        count_if(mrr_movement = 'reactivation') as reactivated_payers,
        count_if(mrr_movement = 'voluntary_churn') as voluntarily_churned_payers,
        count_if(mrr_movement = 'involuntary_churn') as involuntarily_churned_payers,
        count_if(mrr_movement = 'expansion') as expanded_payers,
        count_if(mrr_movement = 'contraction') as contracted_payers,
        sum(renewals) as renewals,
        sum(case when mrr_movement = 'new' then mrr_change_cents end) as new_mrr_cents,
        sum(case when mrr_movement = 'reactivation' then mrr_change_cents end) as reactivation_mrr_cents,
        sum(case when mrr_movement = 'expansion' then mrr_change_cents end) as expansion_mrr_cents,
        -sum(case when mrr_movement = 'contraction' then mrr_change_cents end) as contraction_mrr_cents,
        -sum(
            case when mrr_movement = 'voluntary_churn' then mrr_change_cents end
        ) as voluntary_churn_mrr_cents,
        -sum(
            case when mrr_movement = 'involuntary_churn' then mrr_change_cents end
        ) as involuntary_churn_mrr_cents,
        sum(mrr_change_cents) as mrr_change_cents

    from changes

    group by
        change_date,
        country_code

),

-- Every day of every country that ever had a subscriber, also when nothing moved.
days as (

    select
        dates.calendar_date as balance_date,
        countries.country_code

    from {{ ref('dim_dates') }} as dates

    inner join change_dates
        on dates.calendar_date between change_dates.first_date and change_dates.last_date

    cross join countries

),

filled as (

    select
        days.balance_date,
        days.country_code,
        cast(coalesce(moved.joined_subscribers, 0) as bigint) as joined_subscribers,
        cast(coalesce(moved.rejoined_subscribers, 0) as bigint) as rejoined_subscribers,
        cast(coalesce(moved.voluntarily_left_subscribers, 0) as bigint) as voluntarily_left_subscribers,
        cast(coalesce(moved.involuntarily_left_subscribers, 0) as bigint) as involuntarily_left_subscribers,
        cast(coalesce(moved.new_payers, 0) as bigint) as new_payers,
        cast(coalesce(moved.reactivated_payers, 0) as bigint) as reactivated_payers,
        cast(coalesce(moved.voluntarily_churned_payers, 0) as bigint) as voluntarily_churned_payers,
        cast(coalesce(moved.involuntarily_churned_payers, 0) as bigint) as involuntarily_churned_payers,
        cast(coalesce(moved.expanded_payers, 0) as bigint) as expanded_payers,
        cast(coalesce(moved.contracted_payers, 0) as bigint) as contracted_payers,
        cast(coalesce(moved.renewals, 0) as bigint) as renewals,
        cast(coalesce(moved.new_mrr_cents, 0) as decimal(18, 4)) as new_mrr_cents,
        cast(coalesce(moved.reactivation_mrr_cents, 0) as decimal(18, 4)) as reactivation_mrr_cents,
        cast(coalesce(moved.expansion_mrr_cents, 0) as decimal(18, 4)) as expansion_mrr_cents,
        cast(coalesce(moved.contraction_mrr_cents, 0) as decimal(18, 4)) as contraction_mrr_cents,
        cast(coalesce(moved.voluntary_churn_mrr_cents, 0) as decimal(18, 4)) as voluntary_churn_mrr_cents,
        cast(
            coalesce(moved.involuntary_churn_mrr_cents, 0) as decimal(18, 4)
        ) as involuntary_churn_mrr_cents,
        cast(coalesce(moved.mrr_change_cents, 0) as decimal(18, 4)) as mrr_change_cents

    from days

    left join moved
        on
            days.balance_date = moved.change_date
            and days.country_code = moved.country_code

),

balanced as (

    select
        *,
        cast(
            sum(
                joined_subscribers + rejoined_subscribers
                - voluntarily_left_subscribers - involuntarily_left_subscribers
            ) over ({{ running }}) as bigint
        ) as subscribers_at_end,
        cast(
            sum(
                new_payers + reactivated_payers - voluntarily_churned_payers - involuntarily_churned_payers
            ) over ({{ running }}) as bigint
        ) as payers_at_end,
        cast(sum(mrr_change_cents) over ({{ running }}) as decimal(18, 4)) as mrr_at_end_cents

    from filled

),

-- A day starts with what the day before has ended with.
started as (

    select
        *,
        lag(subscribers_at_end, 1, 0) over (
            partition by country_code order by balance_date
        ) as subscribers_at_start,
        lag(payers_at_end, 1, 0) over (partition by country_code order by balance_date) as payers_at_start,
        coalesce(
            lag(mrr_at_end_cents) over (partition by country_code order by balance_date), 0
        ) as mrr_at_start_cents

    from balanced

)

select
    balance_date,
    country_code,
    cast(subscribers_at_start as bigint) as subscribers_at_start,
    joined_subscribers,
    rejoined_subscribers,
    voluntarily_left_subscribers,
    involuntarily_left_subscribers,
    subscribers_at_end,
    cast(payers_at_start as bigint) as payers_at_start,
    new_payers,
    reactivated_payers,
    voluntarily_churned_payers,
    involuntarily_churned_payers,
    payers_at_end,
    expanded_payers,
    contracted_payers,
    renewals,
    cast(mrr_at_start_cents as decimal(18, 4)) as mrr_at_start_cents,
    new_mrr_cents,
    expansion_mrr_cents,
    reactivation_mrr_cents,
    contraction_mrr_cents,
    voluntary_churn_mrr_cents,
    involuntary_churn_mrr_cents,
    mrr_at_end_cents,
    {{ ratio('mrr_at_end_cents', 'payers_at_end') }} as arpu_cents

from started
