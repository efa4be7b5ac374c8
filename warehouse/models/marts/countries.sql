select
    country_code,
    country_numeric,
    country_name_en,
    country_name_fr,
    region

from {{ ref('dim_geography') }}
