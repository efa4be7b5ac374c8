with

changed as (

    select row_id as search_id

    from {{ ref('stg_app__rows_changed') }}

    where table_name = 'search_queries'

    union

    select search_id

    from {{ ref('stg_app__search_queries') }}

    where user_id in (select homes.user_id from {{ ref('stg_app__homes_changed') }} as homes)

)

select search_id from changed
