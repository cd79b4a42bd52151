-- Guests have no account: together they are customer 0.
select
    coalesce(customer_id, 0) as customer_id,
    count(*) as orders,
    cast(sum(revenue_cents) as {{ dbt.type_bigint() }}) as revenue_cents,
    cast(sum(margin_cents) as {{ dbt.type_bigint() }}) as margin_cents,
    min(ordered_on) as first_ordered_on
from {{ ref('fct_orders') }}
group by coalesce(customer_id, 0)
