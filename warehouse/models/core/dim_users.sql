{%- set tracked = [
    'country_code', 'plan_code', 'is_active', 'age_group', 'payment_method', 'device_preference'
] -%}

with

observed as (

    select * from {{ ref('stg_app__users_observed') }}

),

batch_days as (

    select
        observed_date,
        lead(observed_date) over (order by observed_date) as next_observed_date

    from (select distinct observed_date from observed) as days

),

compared as (

    select
        *,
        case
            when row_number() over (partition by user_id order by observed_date) = 1 then 1
            {% for attribute in tracked -%}
            when
                {{ attribute }} is distinct from
                lag({{ attribute }}) over (partition by user_id order by observed_date)
                then 1
            {% endfor -%}
            else 0
        end as begins_version

    from observed

),

numbered as (

    select
        *,
        sum(begins_version) over (
            partition by user_id order by observed_date rows between unbounded preceding and current row
        ) as version_number

    from compared

),

-- One row per version, as it was last seen.
versions as (

    select
        *,
        min(observed_date) over (partition by user_id, version_number) as first_observed_date

    from numbered

    qualify row_number() over (partition by user_id, version_number order by observed_date desc) = 1

),

-- A version ends when the next one is seen, or on the first day on which the account is seen no more.
dated as (

    select
        versions.*,
        case
            when versions.version_number = 1
                then least(cast(versions.signed_up_at as date), versions.first_observed_date)
            else versions.first_observed_date
        end as valid_from,
        coalesce(
            lead(versions.first_observed_date) over (
                partition by versions.user_id order by versions.version_number
            ),
            batch_days.next_observed_date
        ) as valid_to

    from versions

    inner join batch_days on versions.observed_date = batch_days.observed_date

)

select
    cast(user_id as varchar) || '-' || {{ iso_day('valid_from') }} as user_version_key,
    user_id,
    country_code,
    age_group,
    plan_code,
    is_active,
    payment_method,
    device_preference,
    signed_up_at,
    subscription_started_at,
    subscription_ended_at,
    valid_from,
    valid_to,
    valid_to is null as is_current

from dated
