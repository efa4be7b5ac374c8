"""What can be chosen in the filters."""

from streamvision_web.queries import Query

# Subscriptions began before the first session: those days can be chosen, but are not shown at first. Of
# nothing and a day, one engine takes the day as the least, another nothing.
DAYS = Query(
    """
    with viewing as (
        select min(activity_date) as first_day, max(activity_date) as last_day from marts.daily_active_users
    ),

    movements as (
        select min(movement_date) as first_day, max(movement_date) as last_day
        from marts.subscription_movements
    )

    select
        least(
            coalesce(viewing.first_day, movements.first_day), coalesce(movements.first_day, viewing.first_day)
        ) as earliest,
        coalesce(viewing.first_day, movements.first_day) as first_day,
        greatest(
            coalesce(viewing.last_day, movements.last_day), coalesce(movements.last_day, viewing.last_day)
        ) as last_day
    from viewing
    cross join movements
    """
)

COUNTRIES = Query(
    """
    with seen as (
        select country_code from marts.playback_quality_daily
        union
        select country_code from marts.subscription_movements
        union
        select country_code from marts.content_ratings_daily
    )
    select
        seen.country_code as code,
        coalesce(countries.country_name_en, seen.country_code) as en,
        coalesce(countries.country_name_fr, seen.country_code) as fr
    from seen
    left join marts.countries on seen.country_code = countries.country_code
    where seen.country_code is not null
    """
)

PLANS = Query(
    """
    with seen as (
        select plan_code from marts.plans
        union
        select plan_code from marts.playback_quality_daily
    )
    select seen.plan_code as code, plans.plan_name as name
    from seen
    left join marts.plans on seen.plan_code = plans.plan_code
    where seen.plan_code is not null
    order by plans.plan_rank nulls last, code
    """
)

GENRES = Query("select distinct genre as code from marts.content_performance where genre is not null")

DEVICES = Query("select distinct device_type as code from marts.playback_quality_daily")
