-- Viewers by the day are the daily active users; those of a week's last day, looking back, are the week's.
select
    growth.period_type,
    growth.period_start_date,
    growth.viewers,
    active.dau,
    active.wau

from {{ ref('viewer_growth') }} as growth

left join {{ ref('daily_active_users') }} as active on growth.period_end_date = active.activity_date

where
    (growth.period_type = 'day' and growth.viewers <> coalesce(active.dau, -1))
    or (growth.period_type = 'week' and growth.is_whole_period and growth.viewers <> coalesce(active.wau, -1))
