select
    customer_id,
    lower(email) as email,
    country_id,
    segment,
    updated_at
from {{ ref('raw_customers') }}
