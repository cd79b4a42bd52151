{{ config(alias="Kund.en & 'Co' 🎉") }}
select c.id, c.country
from {{ ref('customers') }} as c
join {{ ref('nowhere_by_itself') }} as n on n.id = c.id
