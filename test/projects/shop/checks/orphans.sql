-- Orders of products or countries that nobody knows.
select o.order_id, o.product_id, o.country_code
from {{ ref('fct_orders') }} as o
left join {{ ref('stg_products') }} as p on p.product_id = o.product_id
left join {{ ref('stg_countries') }} as c on c.country_code = o.country_code
where p.product_id is null or c.country_code is null
