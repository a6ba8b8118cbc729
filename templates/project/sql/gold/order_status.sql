-- A row is a date and a status, with all its orders, cancelled ones included.
-- Inputs: orders.
select
  order_date,
  status,
  count(*) as orders,
  cast(sum(total_amount) as decimal(38,2)) as revenue
from orders
group by order_date, status
