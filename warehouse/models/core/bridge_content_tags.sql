with

titles as (

    select * from {{ ref('int_titles_newest') }}

),

tagged as (

    select distinct
        content_id,
        element as tag

    from {{ elements_of('titles', 'content_id', 'tags') }} as elements

    where element is not null

)

select
    content_id,
    tag

from tagged
