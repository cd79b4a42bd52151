select product_id, product_name, category, price_cents, cost_cents
from {{ ref('products') }}
