-- A row is one unit of a product: the data set has a line a unit.
-- Inputs: olist_order_items.
select
  order_id,
  order_item_id as line_number,
  product_id,
  '1' as quantity,
  price as unit_price,
  _file,
  _line
from olist_order_items
