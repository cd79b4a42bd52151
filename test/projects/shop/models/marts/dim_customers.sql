select
    h.customer_id,
    h.email,
    h.segment,
    c.country_code,
    h.dbt_valid_from as known_since
from {{ ref('customers_history') }} as h
inner join {{ ref('stg_countries') }} as c on c.country_id = h.country_id
where h.dbt_valid_to is null
