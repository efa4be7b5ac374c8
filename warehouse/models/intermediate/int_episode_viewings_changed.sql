with

changed as (

    select row_id as episode_viewing_id

    from {{ ref('stg_app__rows_changed') }}

    where table_name = 'episode_viewing'

    union

    select facts.episode_viewing_id

    from {{ ref('stg_app__episode_viewing') }} as facts

    inner join {{ ref('stg_app__rows_changed') }} as episodes
        on facts.episode_id = episodes.row_id and episodes.table_name = 'episodes'

)

select episode_viewing_id from changed
