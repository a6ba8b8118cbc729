-- A row is a line of an order that counts. product_no is null if the product is not in the catalogue.
-- Inputs: order_items, counting_orders, numbered_products.
select
  counting_orders.order_date,
  counting_orders.order_no,
  counting_orders.is_returned,
  numbered_products.product_no,
  numbered_products.category_no,
  order_items.quantity,
  order_items.line_amount
from order_items
inner join counting_orders on counting_orders.order_id = order_items.order_id
left join numbered_products on numbered_products.product_id = order_items.product_id
