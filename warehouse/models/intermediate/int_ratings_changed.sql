with

changed as (

    select row_id as rating_id

    from {{ ref('stg_app__rows_changed') }}

    where table_name = 'ratings'

    union

    select facts.rating_id

    from {{ ref('stg_app__ratings') }} as facts

    inner join {{ ref('stg_app__plan_holders_changed') }} as holders
        on facts.user_id = holders.user_id and facts.rated_at >= holders.changed_from

    union

    select rating_id

    from {{ ref('stg_app__ratings') }}

    where user_id in (select homes.user_id from {{ ref('stg_app__homes_changed') }} as homes)

)

select rating_id from changed
