-- A row: what a product sold live in an hour. Every row of Silver is a sale, whatever its change of the item was, but for
-- a removal.
-- Inputs: gadget_sales.
select
	sale_date,
	date_trunc('hour', event_time) as hour,
	product_name,
	cast(sum(quantity) as bigint) as units
from gadget_sales
where event_type <> 'REMOVE'
group by
	sale_date,
	date_trunc('hour', event_time),
	product_name
