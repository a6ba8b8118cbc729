-- A row is the last record of a product: products are a snapshot.
select product_id, name, category, price, rating, current_stock, forecasted_demand
from {{ ref("stg_products") }}
qualify row_number() over (partition by product_id order by arrival desc) = 1
