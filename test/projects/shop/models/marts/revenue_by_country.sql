select
    f.country_code,
    c.country_name,
    c.region,
    count(*) as orders,
    cast(sum(f.revenue_cents) as {{ dbt.type_bigint() }}) as revenue_cents,
    cast(sum(f.margin_cents) as {{ dbt.type_bigint() }}) as margin_cents
from {{ ref('fct_orders') }} as f
inner join {{ ref('stg_countries') }} as c on c.country_code = f.country_code
group by f.country_code, c.country_name, c.region
