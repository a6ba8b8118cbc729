-- A row is an order that counts (any that is not cancelled). order_no replaces its id within its date and this run.
-- Inputs: orders.
select
  order_date,
  order_id,
  cast(row_number() over (partition by order_date) as int) as order_no,
  status = 'returned' as is_returned
from orders
where status <> 'cancelled'
