select
    episode_id,
    content_id,
    episode_title,
    season_number,
    episode_number,
    duration_seconds,
    air_date

from {{ ref('stg_app__episodes') }}
