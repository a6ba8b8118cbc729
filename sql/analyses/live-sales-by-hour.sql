-- How many units of each gadget are sold live, hour by hour?
-- A row is one product in one hour in which it sold, the newest hour first. Removals are not sales. Only sealed records
-- count: the newest hour may be incomplete.
-- Reads: silver_gadget_sales.
-- Parameters:
-- :hours int = 24   number of hours, up to the newest one in the lake
-- Columns:
-- hour (timestamp): start of the hour, UTC
-- product_name (text): the product
-- sales (changes): changes of the order table
-- units (units): units sold
-- revenue (money): sum of quantity × price
with hours as (
  select
    date_trunc('hour', event_time) as hour,
    product_name,
    count(*) as sales,
    cast(sum(quantity) as bigint) as units,
    cast(sum(quantity * price) as decimal(38,2)) as revenue
  from silver_gadget_sales
  where event_type <> 'REMOVE'
  group by date_trunc('hour', event_time), product_name
),
newest as (
  select max(hour) as hour
  from hours
)
select
  hours.hour,
  product_name,
  sales,
  units,
  revenue
from hours
cross join newest
where date_diff('hour', hours.hour, newest.hour) < :hours
order by hours.hour desc, units desc, product_name
