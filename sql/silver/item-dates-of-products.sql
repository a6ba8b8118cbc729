-- A row is a partition with items of one of these products.
-- Inputs: items, products.
select distinct cast(order_date as varchar) as partition_date
from items
where
  order_date is not null
  and product_id in (select product_id from products)
