select
    device_type,
    device_label

from {{ ref('devices') }}
