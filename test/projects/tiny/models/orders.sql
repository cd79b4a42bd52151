select id, country, '{{ var("region") }}' as region, {{ rate() }} as rate
from {{ ref('customers') }}
