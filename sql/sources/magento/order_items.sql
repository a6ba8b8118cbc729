-- A row is an item of an order at its price before discounts, without tax. An item that was cancelled whole is left out.
-- Inputs: loaded_items.
select
  order_id,
  item_id as line_number,
  sku as product_id,
  case when units = trunc(units) then cast(cast(units as bigint) as varchar) else qty_ordered end as quantity,
  base_price as unit_price,
  _file,
  _line
from loaded_items
where units is null or units > 0
