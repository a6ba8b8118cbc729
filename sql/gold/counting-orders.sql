-- A row is an order that counts (any that is not cancelled). order_no replaces its id within this run.
-- Numbers over all rows hold no row back; numbers within a date would keep all of them in memory.
-- Inputs: orders.
select
  order_date,
  order_id,
  cast(row_number() over () as int) as order_no,
  status = 'returned' as is_returned
from orders
where status <> 'cancelled'
