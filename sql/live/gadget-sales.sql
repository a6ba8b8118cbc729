-- A row: a live order as Firehose delivered it, typed; what does not fit its type is null, and a line that is no record
-- is no row. `date` is the UTC date of its prefix.
-- Inputs: live_orders (every field as text; `day` as the prefix spells it, YYYY/MM/DD). Slots: {date} (that day as a
-- date, in a form by which the engine tells the days that a query needs before it reads them).
-- A whole number may be written 3 or 3.0; a fraction of a unit is none.
with records as (
	select
		orderid,
		product_name,
		try_cast(quantity as decimal(18,6)) as units,
		try_cast(price as decimal(12,2)) as price,
		event_type,
		event_time,
		event_id,
		{date} as date
	from live_orders
	where coalesce(orderid, product_name, quantity, price, event_type, event_time, event_id) is not null
)
select
	orderid,
	product_name,
	case when mod(units, 1) = 0 then try_cast(units as integer) end as quantity,
	price,
	event_type,
	event_time,
	event_id,
	date
from records
