-- A row: an order that counts (any but a cancelled one), with a whole number in place of its id for this run.
-- Inputs: orders.
select
	order_date,
	order_id,
	cast(row_number() over () as int) as order_no,
	status = 'returned' as is_returned
from orders
where status <> 'cancelled'
