select
    country_code,
    country_numeric,
    country_name_en,
    country_name_fr,
    region,
    sub_region

from {{ ref('geography') }}
