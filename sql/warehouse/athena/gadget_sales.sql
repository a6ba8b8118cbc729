-- Generated from tasks/contracts by `npm run sql:warehouse`; do not edit.
-- The view gadget_sales, for Athena.
create or replace view gadget_sales as
with records as (
  select
    orderid,
    product_name,
    try_cast(quantity as decimal(18,6)) as units,
    try_cast(price as decimal(12,2)) as price,
    event_type,
    event_time,
    event_id,
    cast(replace(day, '/', '-') as date) as date
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
