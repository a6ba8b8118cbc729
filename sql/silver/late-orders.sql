-- A row is the date of an order for which items wait.
-- Inputs: known_orders, waiting_items.
select
  order_id,
  order_date
from known_orders
where order_id in (select order_id from waiting_items)
