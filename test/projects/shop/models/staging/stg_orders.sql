select
    order_id,
    customer_id,
    product_id,
    country_id,
    quantity,
    shipping_cents,
    lower(trim(status)) as status,
    ordered_on
from {{ ref('raw_orders') }}
where quantity > 0
