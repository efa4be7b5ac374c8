with

observed as (

    select * from {{ ref('stg_app__users_observed') }}

),

-- Within a user, both numbers grow by one from period to period as long as nothing tracked changes: their
-- difference tells the versions with the same values apart.
numbered as (

    select
        *,
        row_number() over (partition by user_id order by observed_from_date)
        - row_number() over (
            partition by
                user_id, country_code, age_group, plan_code, is_active, payment_method, device_preference
            order by observed_from_date
        ) as version_group

    from observed

),

versions as (

    select
        user_id,
        min(observed_from_date) as first_observed_date,
        max(observed_from_date) as last_observed_date

    from numbered

    group by
        user_id,
        country_code,
        age_group,
        plan_code,
        is_active,
        payment_method,
        device_preference,
        version_group

),

-- A version ends when the next one is seen, or on the first day on which the account is seen no more.
-- What is not tracked is taken from the last period of the version.
dated as (

    select
        observed.*,
        case
            when
                lag(versions.user_id) over (
                    partition by versions.user_id order by versions.first_observed_date
                ) is null
                then least(cast(observed.signed_up_at as date), versions.first_observed_date)
            else versions.first_observed_date
        end as valid_from,
        coalesce(
            lead(versions.first_observed_date) over (
                partition by versions.user_id order by versions.first_observed_date
            ),
            observed.observed_to_date
        ) as valid_to

    from versions

    inner join observed
        on
            versions.user_id = observed.user_id
            and versions.last_observed_date = observed.observed_from_date

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
