-- A row is an order whose date is another than before; a date is null where the order was, or is, not in Silver.
-- Inputs: orders_before, orders_after.
select
  coalesce(orders_after.order_id, orders_before.order_id) as order_id,
  orders_before.order_date as old_date,
  orders_after.order_date as new_date
from orders_after
full join orders_before on orders_after.order_id = orders_before.order_id
where orders_before.order_date is distinct from orders_after.order_date
