with

source as (

    select * from {{ source('app', 'subscription_events') }}

    where _valid_to_batch is null

),

renamed as (

    select
        -- ids
        id as event_id,
        user_id,
        from_plan_id,
        to_plan_id,

        -- attributes
        event_type,
        reason,

        -- measures
        amount_cents,

        -- times
        {{ to_utc('occurred_at') }} as occurred_at

    from source

)

select * from renamed
