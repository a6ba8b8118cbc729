-- A row is a live order as Firehose delivered it, typed. A value that doesn't fit its type is null; a line that is not
-- a record has no row. `date` is the UTC date in the object's prefix.
-- Inputs: live_orders (every field as text; `day` as the prefix spells it, YYYY/MM/DD).
-- Slots: {date} (`day` as a date, written so that the engine can prune days before it reads them).
-- A whole number may be written 3 or 3.0; a quantity with a fraction is null.
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
