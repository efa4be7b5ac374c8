with

searches as (

    select * from {{ ref('stg_app__search_queries') }}

),

plays as (

    select * from {{ ref('stg_app__viewing_sessions') }}

    where is_playback_started

),

-- An account that was erased keeps the country that it was last seen in.
countries as (

    select
        user_id,
        country_code

    from {{ ref('stg_app__users_observed') }}

    qualify row_number() over (partition by user_id order by observed_from_date desc) = 1

),

-- Only the title that was opened is known to have been among the results.
played as (

    select
        searches.search_id,
        min(plays.started_at) as played_at

    from searches

    inner join plays
        on
            searches.user_id = plays.user_id
            and searches.clicked_content_id = plays.content_id
            and searches.searched_at <= plays.started_at
            and plays.started_at
            <= searches.searched_at + interval '{{ var("search_play_minutes") }} minutes'

    group by searches.search_id

)

select
    searches.search_id,
    searches.user_id,
    countries.country_code,
    searches.device_type,
    lower(trim(searches.query_text)) as search_term,
    searches.clicked_content_id,
    searches.searched_at,
    cast(searches.searched_at as date) as searched_date,
    played.played_at,
    searches.results_count = 0 as is_zero_result,
    searches.clicked_position is not null as is_successful,
    played.played_at is not null as is_played,
    searches.clicked_position,
    cast(datediff('millisecond', searches.searched_at, played.played_at) as bigint) as time_to_play_ms

from searches

left join played on searches.search_id = played.search_id

left join countries on searches.user_id = countries.user_id
