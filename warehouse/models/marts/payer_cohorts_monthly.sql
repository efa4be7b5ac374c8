{%- set running -%}
    partition by cohorts.cohort_month, cohorts.country_code
    order by months.month_start_date rows between unbounded preceding and current row
{%- endset -%}

with

changes as (

    select
        *,
        cast(date_trunc('month', first_paying_date) as date) as cohort_month,
        cast(date_trunc('month', change_date) as date) as month_start_date,
        case
            when mrr_before_cents = 0 and mrr_after_cents > 0 then 1
            when mrr_before_cents > 0 and mrr_after_cents = 0 then -1
            else 0
        end as payer_change

    from {{ ref('fct_subscription_days') }}

    where first_paying_date is not null

),

change_dates as (

    select
        min(change_date) as first_date,
        max(change_date) as last_date

    from {{ ref('fct_subscription_days') }}

),

months as (

    select
        dates.month_start_date,
        max(dates.calendar_date) as counted_to_date,
        count(*) as month_days

    from {{ ref('dim_dates') }} as dates

    inner join change_dates
        on dates.calendar_date between change_dates.first_date and change_dates.last_date

    group by dates.month_start_date

),

cohorts as (

    select
        cohort_month,
        country_code,
        count(distinct user_id) as cohort_payers

    from changes

    group by
        cohort_month,
        country_code

),

-- Whoever comes to pay does so on all days from then to the end of the month; whoever ends, on none of them.
moved as (

    select
        changes.cohort_month,
        changes.country_code,
        changes.month_start_date,
        sum(changes.payer_change) as payer_change,
        sum(changes.mrr_change_cents) as mrr_change_cents,
        sum(changes.payer_change * (months.counted_to_date - changes.change_date + 1)) as paying_days_change

    from changes

    inner join months on changes.month_start_date = months.month_start_date

    group by
        changes.cohort_month,
        changes.country_code,
        changes.month_start_date

),

balanced as (

    select
        cohorts.cohort_month,
        cohorts.country_code,
        months.month_start_date,
        months.counted_to_date,
        months.month_days,
        cohorts.cohort_payers,
        coalesce(moved.payer_change, 0) as payer_change,
        coalesce(moved.paying_days_change, 0) as paying_days_change,
        sum(coalesce(moved.payer_change, 0)) over ({{ running }}) as payers_at_end,
        sum(coalesce(moved.mrr_change_cents, 0)) over ({{ running }}) as mrr_at_end_cents

    from cohorts

    inner join months on cohorts.cohort_month <= months.month_start_date

    left join moved
        on
            cohorts.cohort_month = moved.cohort_month
            and cohorts.country_code = moved.country_code
            and months.month_start_date = moved.month_start_date

),

lived as (

    select
        cohort_month,
        country_code,
        cast(
            (year(month_start_date) - year(cohort_month)) * 12 + month(month_start_date) - month(cohort_month)
            as integer
        ) as months_since,
        counted_to_date,
        cast(cohort_payers as bigint) as cohort_payers,
        cast(payers_at_end as bigint) as payers_at_end,
        cast(mrr_at_end_cents as decimal(18, 4)) as mrr_at_end_cents,
        cast((payers_at_end - payer_change) * month_days + paying_days_change as bigint) as paying_days,
        cast(
            sum((payers_at_end - payer_change) * month_days + paying_days_change) over (
                partition by cohort_month, country_code
                order by month_start_date rows between unbounded preceding and current row
            ) as bigint
        ) as paying_days_to_date

    from balanced

)

select
    *,
    {{ ratio('payers_at_end', 'cohort_payers') }} as payer_retention,
    {{ ratio('paying_days_to_date', 'cohort_payers') }} as average_paying_days

from lived
