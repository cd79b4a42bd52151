{{ config(materialized='incremental', unique_key='order_id') }}

select
    o.order_id,
    o.customer_id,
    o.product_id,
    c.country_code,
    o.status,
    o.ordered_on,
    o.quantity,
    o.quantity * p.price_cents as revenue_cents,
    o.quantity * (p.price_cents - p.cost_cents) as margin_cents
from {{ ref('stg_orders') }} as o
inner join {{ ref('stg_products') }} as p on p.product_id = o.product_id
inner join {{ ref('stg_countries') }} as c on c.country_id = o.country_id
{% if is_incremental() %}
-- Orders of the last day may still have been coming in when they were read.
where o.ordered_on >= (select max(ordered_on) from {{ this }})
{% endif %}
