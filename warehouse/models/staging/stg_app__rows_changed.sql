with

changed as (

    select
        'viewing_sessions' as table_name,
        id as row_id

    from {{ source('app', 'viewing_sessions') }}

    where {{ changed_in_window('_valid_from_batch', '_valid_to_batch') }}

    union

    select
        'episode_viewing' as table_name,
        id as row_id

    from {{ source('app', 'episode_viewing') }}

    where {{ changed_in_window('_valid_from_batch', '_valid_to_batch') }}

    union

    select
        'ratings' as table_name,
        id as row_id

    from {{ source('app', 'ratings') }}

    where {{ changed_in_window('_valid_from_batch', '_valid_to_batch') }}

    union

    select
        'search_queries' as table_name,
        id as row_id

    from {{ source('app', 'search_queries') }}

    where {{ changed_in_window('_valid_from_batch', '_valid_to_batch') }}

    union

    select
        'subscription_events' as table_name,
        id as row_id

    from {{ source('app', 'subscription_events') }}

    where {{ changed_in_window('_valid_from_batch', '_valid_to_batch') }}

    union

    select
        'episodes' as table_name,
        id as row_id

    from {{ source('app', 'episodes') }}

    where {{ changed_in_window('_valid_from_batch', '_valid_to_batch') }}

    union

    select
        'subscription_plans' as table_name,
        id as row_id

    from {{ source('app', 'subscription_plans') }}

    where {{ changed_in_window('_valid_from_batch', '_valid_to_batch') }}

)

select * from changed
