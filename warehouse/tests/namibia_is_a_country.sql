-- Its code is NA, which readers of CSV files like to take for a missing value.
select count(*) as countries

from {{ ref('dim_geography') }}

where country_code = 'NA'

having count(*) <> 1
