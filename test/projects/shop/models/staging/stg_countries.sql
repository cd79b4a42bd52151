select country_id, country_code, country_name, region
from {{ ref('countries') }}
