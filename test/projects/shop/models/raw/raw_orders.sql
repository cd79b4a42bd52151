-- Stands in for what a loader lands: the same orders on every engine, an eighth of them from guests.
with numbers as ({{ numbers(var('orders')) }}),

drawn as (
    select
        n as order_id,
        case when {{ draw('n', 1, 1000) }} >= 125 then 1 + {{ draw('n', 2, 20000) }} end as customer_id,
        1 + {{ draw('n', 3, 500) }} as product_id,
        1 + case when {{ draw('n', 4, 3) }} = 0 then {{ draw('n', 5, 6) }} else {{ draw('n', 6, 24) }} end as country_id,
        1 + {{ draw('n', 7, 4) }} as quantity,
        390 + 100 * {{ draw('n', 8, 7) }} as shipping_cents,
        {{ draw('n', 9, 1000) }} as fate,
        cast(floor((n - 1) / 137) as {{ dbt.type_int() }}) as days
    from numbers
)

select
    order_id,
    customer_id,
    product_id,
    country_id,
    quantity,
    shipping_cents,
    case
        when fate < 3 then 'test'
        when fate < 7 then 'returned'
        when fate < 8 then 'lost'
        when fate < 60 then ' Shipped'
        else 'delivered'
    end as status,
    {{ day_after('2024-11-01', 'days') }} as ordered_on
from drawn
