select
    o.ordered_on,
    count(*) as orders,
    cast(sum(o.quantity) as {{ dbt.type_bigint() }}) as items,
    cast(sum(o.quantity * p.price_cents) as {{ dbt.type_bigint() }}) as revenue_cents
from {{ ref('stg_orders') }} as o
inner join {{ ref('stg_products') }} as p on p.product_id = o.product_id
group by o.ordered_on
