-- A row is what a product sold live in an hour. Every Silver row except a removal is a sale.
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
