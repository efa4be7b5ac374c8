-- An account is active exactly as long as its subscription has not ended.
select
    user_id,
    is_active,
    subscription_ended_at

from {{ ref('dim_users') }}

where is_current and is_active <> (subscription_ended_at is null)
