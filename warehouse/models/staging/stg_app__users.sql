with

source as (

    select * from {{ source('app', 'users') }}

    where _valid_to_batch is null

),

renamed as (

    select
        -- ids
        id as user_id,

        -- personal data: goes no further than staging
        email,
        username,
        first_name,
        last_name,

        -- attributes
        country as country_code,
        age_group,
        subscription_plan as plan_code,
        is_active,
        payment_method,
        device_preference,

        -- times
        {{ to_utc('created_at') }} as signed_up_at,
        {{ to_utc('subscription_start') }} as subscription_started_at,
        {{ to_utc('subscription_end') }} as subscription_ended_at,
        {{ to_utc('last_login') }} as last_login_at

    from source

)

select * from renamed
