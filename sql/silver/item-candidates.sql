-- A row is an order item that competes with the others of its key, with its order's date where that is known, and with
-- whether Silver has its product.
-- Inputs: records (as candidates.sql has them), known_orders, known_products. Slots: {key_hash}.
select
  records.*,
  known_orders.order_date as partition_date,
  {key_hash} as key_hash,
  records.product_id in (select product_id from known_products) as is_known
from records
left join known_orders on records.order_id = known_orders.order_id
