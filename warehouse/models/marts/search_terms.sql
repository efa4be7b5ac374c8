with

searches as (

    select * from {{ ref('fct_search_outcomes') }}

),

term_searchers as (

    select
        search_term,
        count(distinct user_id) as searchers

    from searches

    group by search_term

),

-- What few people typed can tell who they are: such terms are counted together, without their text.
shown as (

    select
        case
            when term_searchers.searchers >= {{ var('search_term_min_users') }} then searches.search_term
        end as search_term,
        searches.user_id,
        searches.searched_date,
        searches.is_zero_result,
        searches.is_successful,
        searches.is_played,
        case
            when term_searchers.searchers >= {{ var('search_term_min_users') }}
                then
                    row_number() over (
                        partition by searches.search_term
                        order by searches.searched_at desc, searches.search_id desc
                    )
        end as newest_first

    from searches

    inner join term_searchers on searches.search_term = term_searchers.search_term

),

counted as (

    select
        search_term,
        cast(count(*) as bigint) as searches,
        cast(count(distinct user_id) as bigint) as searchers,
        cast(count_if(is_zero_result) as bigint) as zero_result_searches,
        cast(count_if(is_successful) as bigint) as successful_searches,
        cast(count_if(is_played) as bigint) as played_searches,
        min(searched_date) as first_search_date,
        max(searched_date) as last_search_date,
        max(case when newest_first = 1 and is_zero_result then 1 else 0 end) = 1 as is_catalogue_gap

    from shown

    group by search_term

)

select
    search_term,
    searches,
    searchers,
    zero_result_searches,
    successful_searches,
    played_searches,
    {{ ratio('zero_result_searches', 'searches') }} as zero_result_rate,
    {{ ratio('successful_searches', 'searches') }} as success_rate,
    first_search_date,
    last_search_date,
    is_catalogue_gap

from counted
