{%- set windows = {'dau': 1, 'wau': 7, 'mau': 28} -%}

with

attempts as (

    select * from {{ ref('fct_viewing_sessions') }}

),

days as (

    select calendar_date as activity_date

    from {{ ref('dim_dates') }}

    where
        calendar_date between
        (select min(attempts.started_date) from attempts)
        and (select max(attempts.started_date) from attempts)

),

user_days as (

    select distinct
        user_id,
        started_date

    from attempts

    where is_play

),

-- A distinct count over a window of days cannot be had from daily counts, and looking back from every day
-- would read each row 28 times. Instead: an active day makes its user count from that day until the window
-- has passed or the user's next active day takes over. So a user counts once on any day.
followed as (

    select
        started_date,
        lead(started_date) over (partition by user_id order by started_date) as next_started_date

    from user_days

),

changes as (

    {% for name, length in windows.items() -%}
    select
        '{{ name }}' as window_name,
        started_date as change_date,
        1 as change

    from followed

    union all

    select
        '{{ name }}' as window_name,
        least(started_date + {{ length }}, coalesce(next_started_date, started_date + {{ length }})),
        -1 as change

    from followed
    {% if not loop.last %}
    union all

    {% endif %}
    {%- endfor %}

),

net_changes as (

    select
        change_date,
        {% for name in windows -%}
        sum(case when window_name = '{{ name }}' then change else 0 end) as {{ name }}_change
        {%- if not loop.last %},
        {% endif %}
        {%- endfor %}

    from changes

    group by change_date

),

running as (

    select
        days.activity_date,
        {% for name in windows -%}
        cast(
            sum(coalesce(net_changes.{{ name }}_change, 0)) over (
                order by days.activity_date rows between unbounded preceding and current row
            ) as bigint
        ) as {{ name }}
        {%- if not loop.last %},
        {% endif %}
        {%- endfor %}

    from days

    left join net_changes on days.activity_date = net_changes.change_date

)

select
    activity_date,
    dau,
    wau,
    mau,
    {{ ratio('dau', 'mau') }} as stickiness

from running
