-- A row is what a product sold live in an hour. Every Silver row except a removal is a sale.
-- Inputs: gadget_sales (with `hour`, the start of the hour that a sale is in).
select
  sale_date,
  hour,
  product_name,
  cast(sum(quantity) as bigint) as units
from gadget_sales
where event_type <> 'REMOVE'
group by
  sale_date,
  hour,
  product_name
