{%- set changed = ref('int_viewing_sessions_changed') -%}

with

{% if changed_from() != '' %}

    changed as (

        select * from {{ changed }}

    ),

    titles_before as (

        select * from {{ before(ref('dim_content')) }}

    ),

    titles as (

        select * from {{ ref('dim_content') }}

    ),

    -- Titles of which another word is shown now than before: what was said of their sessions is said
    -- otherwise.
    titles_changed as (

        select coalesce(titles.content_id, titles_before.content_id) as content_id

        from titles

        full outer join titles_before on titles.content_id = titles_before.content_id

        where
            titles.title is distinct from titles_before.title
            or titles.content_type is distinct from titles_before.content_type
            or titles.genre is distinct from titles_before.genre
            or titles.is_original is distinct from titles_before.is_original

    ),

    sessions_of_titles_changed as (

        select *

        from {{ ref('fct_viewing_sessions') }}

        where
            content_id in (select titles_changed.content_id from titles_changed)
            and session_id not in (select changed.session_id from changed)

    ),

    sessions_before as (

        select * from {{ before(ref('fct_viewing_sessions')) }}

        union all

        select * from sessions_of_titles_changed

    ),

    sessions as (

        select *

        from {{ ref('fct_viewing_sessions') }}

        where session_id in (select changed.session_id from changed)

        union all

        select * from sessions_of_titles_changed

    ),

    changes as (

        select
            -1 as change_sign,
            sessions_before.*,
            titles_before.genre,
            titles_before.is_original

        from sessions_before

        left join titles_before on sessions_before.content_id = titles_before.content_id

        union all

        select
            1 as change_sign,
            sessions.*,
            titles.genre,
            titles.is_original

        from sessions

        left join titles on sessions.content_id = titles.content_id

    )

{% else %}

-- A build that begins anew has changed nothing: nothing was there.
    changes as (

        select
            1 as change_sign,
            sessions.*,
            titles.genre,
            titles.is_original

        from {{ ref('fct_viewing_sessions') }} as sessions

        left join {{ ref('dim_content') }} as titles on sessions.content_id = titles.content_id

        where false

    )

{% endif %}

-- All columns of the fact.
select * from changes -- noqa: AM04
