-- A row is a candidate of order items. Where its order turned up on a further date, it has that date.
-- Inputs: candidates, late_orders (order_id, order_date). Slots: {columns} (of candidates, but for partition_date).
select
  {columns},
  coalesce(candidates.partition_date, late_orders.order_date) as partition_date
from candidates
left join late_orders on candidates.order_id = late_orders.order_id
