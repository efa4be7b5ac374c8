with

changed as (

    select row_id as session_id

    from {{ ref('stg_app__rows_changed') }}

    where table_name = 'viewing_sessions'

    union

    select facts.session_id

    from {{ ref('stg_app__viewing_sessions') }} as facts

    inner join {{ ref('stg_app__plan_holders_changed') }} as holders
        on facts.user_id = holders.user_id and facts.started_at >= holders.changed_from

)

select session_id from changed
