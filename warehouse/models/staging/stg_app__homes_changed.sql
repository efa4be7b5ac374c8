with

users as (

    select * from {{ source('app', 'users') }}

),

touched as (

    select id as user_id

    from users

    where {{ changed_in_window('_valid_from_batch', '_valid_to_batch') }}

),

-- All versions that were true at some time between the build before and this one.
versions as (

    select
        id as user_id,
        coalesce(country, '') as country_code,
        case when _valid_from_batch < '{{ changed_from() }}' then 1 else 0 end as was_there,
        case when _valid_to_batch is null then 1 else 0 end as is_there

    from users

    where
        id in (select touched.user_id from touched)
        and (_valid_to_batch is null or _valid_to_batch >= '{{ changed_from() }}')

)

select user_id

from versions

group by user_id

having min(country_code) <> max(country_code) or max(was_there) = 0 or max(is_there) = 0
