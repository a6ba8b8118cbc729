-- A row is an item of an order, without the parts of configurable products and bundles: their parent has the price.
-- An item of an order in another currency is left out; one whose order is in no file stays, and waits for the order.
-- Inputs: sales_order_item, sales_order, loaded_orders.
select
  *,
  try_cast(qty_ordered as decimal(18,4)) - coalesce(try_cast(qty_canceled as decimal(18,4)), 0) as units
from sales_order_item
where
  parent_item_id is null
  and (
    order_id in (select entity_id from loaded_orders)
    or order_id not in (select entity_id from sales_order where entity_id is not null)
  )
