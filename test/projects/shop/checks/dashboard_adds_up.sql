-- The board's dashboard shows revenue by day beside revenue by country: the totals must agree.
select days.revenue_cents as by_day, countries.revenue_cents as by_country
from (select sum(revenue_cents) as revenue_cents from {{ ref('daily_sales') }}) as days
cross join (select sum(revenue_cents) as revenue_cents from {{ ref('revenue_by_country') }}) as countries
where days.revenue_cents <> countries.revenue_cents
