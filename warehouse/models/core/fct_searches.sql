{{
    config(
        materialized='incremental',
        pre_hook="{{ take_out_changed('search_id', ref('int_searches_changed')) }}"
    )
}}

with

searches as (

    select * from {{ ref('stg_app__search_queries') }}

    {{ only_changed('search_id', ref('int_searches_changed')) }}

),

users as (

    select * from {{ ref('stg_app__users') }}

)

select
    searches.search_id,
    searches.user_id,
    searches.clicked_content_id,
    users.country_code,
    searches.device_type,
    searches.query_text,
    searches.searched_at,
    cast(searches.searched_at as date) as searched_date,
    searches.results_count = 0 as is_zero_result,
    searches.clicked_position is not null as has_click,
    searches.results_count,
    searches.clicked_position

from searches

left join users on searches.user_id = users.user_id
