-- A row is the winning version of an order line whose order and product are known.
with winners as (
  {{
    winning_versions(
      ref("stg_order_items"),
      ["order_id", "line_number"],
      ["order_id", "line_number", "product_id", "quantity", "unit_price"],
    )
  }}
)
select
  winners.order_id,
  winners.line_number,
  winners.product_id,
  winners.quantity,
  winners.unit_price,
  cast(winners.quantity * winners.unit_price as decimal(18,2)) as line_amount,
  orders.order_date,
  orders.order_no,
  orders.status,
  products.category
from winners
inner join {{ ref("int_orders") }} as orders on orders.order_id = winners.order_id
inner join {{ ref("silver_products") }} as products on products.product_id = winners.product_id
