with

source as (

    select * from {{ source('app', 'subscription_plans') }}

    where _valid_to_batch is null

),

renamed as (

    select
        -- ids
        id as plan_id,

        -- attributes
        code as plan_code,
        name as plan_name,
        billing_period,
        currency,
        max_resolution,
        is_offered,

        -- measures
        price_cents,
        max_streams,

        -- times
        {{ to_utc('created_at') }} as created_at

    from source

)

select * from renamed
