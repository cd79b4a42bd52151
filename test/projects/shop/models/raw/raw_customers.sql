-- Stands in for what a loader lands: the same customers on every engine.
with numbers as ({{ numbers(20000) }}),

drawn as (
    select
        n as customer_id,
        1 + {{ draw('n', 11, 24) }} as country_id,
        {{ draw('n', 12, 10) }} as kind,
        {{ draw('n', 13, 700) }} as days
    from numbers
)

select
    customer_id,
    'Customer' || cast(customer_id as {{ dbt.type_string() }}) || '@Example.com' as email,
    country_id,
    case when kind < 7 then 'consumer' when kind < 9 then 'business' else 'school' end as segment,
    cast({{ day_after('2024-11-01', 'days') }} as {{ dbt.type_timestamp() }}) as updated_at
from drawn
