with

source as (

    select * from {{ source('app', 'users') }}

),

batches as (

    select
        batch_id,
        batch_date

    from {{ source('ops', 'batches') }}

    where table_name = 'users'

),

renamed as (

    select
        -- ids
        source.id as user_id,

        -- attributes
        source.country as country_code,
        source.age_group,
        source.subscription_plan as plan_code,
        source.is_active,
        source.payment_method,
        source.device_preference,

        -- times
        begun.batch_date as observed_from_date,
        ended.batch_date as observed_to_date,
        {{ to_utc('source.created_at') }} as signed_up_at,
        {{ to_utc('source.subscription_start') }} as subscription_started_at,
        {{ to_utc('source.subscription_end') }} as subscription_ended_at

    from source

    inner join batches as begun on source._valid_from_batch = begun.batch_id

    left join batches as ended on source._valid_to_batch = ended.batch_id

)

select * from renamed
