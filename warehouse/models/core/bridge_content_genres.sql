with

titles as (

    select * from {{ ref('int_titles_newest') }}

),

genres as (

    select
        content_id,
        genre,
        true as is_main

    from titles

    union all

    select
        content_id,
        subgenre as genre,
        false as is_main

    from titles

    where subgenre <> genre

)

select
    content_id,
    genre,
    is_main

from genres
