{{
    config(
        materialized='incremental',
        pre_hook="{{ take_out_changed('episode_viewing_id', ref('int_episode_viewings_changed')) }}"
    )
}}

with

viewings as (

    select * from {{ ref('stg_app__episode_viewing') }}

    {{ only_changed('episode_viewing_id', ref('int_episode_viewings_changed')) }}

),

episodes as (

    select * from {{ ref('stg_app__episodes') }}

)

select
    viewings.episode_viewing_id,
    viewings.session_id,
    viewings.episode_id,
    episodes.content_id,
    viewings.user_id,
    viewings.started_at,
    cast(viewings.started_at as date) as started_date,
    viewings.is_completed,
    viewings.watch_seconds

from viewings

left join episodes on viewings.episode_id = episodes.episode_id
