-- Which products run out soon at their current rate of sale?
-- A row is one product whose stock lasts fewer than `days` days, or is below next week's forecast, the worst first.
-- Reads: gold_inventory_health.
-- Parameters:
-- :days decimal = 7   days the stock should last
-- Columns:
-- product_id (text): the product
-- name (text): its name
-- category (text): its category
-- current_stock (units): units in stock
-- units_7d (units): units sold in the 7 days up to the newest order date
-- units_30d (units): units sold in the 30 days up to the newest order date
-- days_of_cover (days): days that the stock lasts at the rate of the 30 days
-- forecasted_demand (units): units expected in the next 7 days
-- units_short (units): forecast minus stock, if that is more than 0
-- status (text): `out`, `low` (< 7 days), `ok` or `over` (> 60)
with selling as (
  select
    product_id,
    name,
    category,
    current_stock,
    units_7d,
    units_30d,
    days_of_cover,
    forecasted_demand,
    status
  from gold_inventory_health
  where units_30d > 0
    and current_stock is not null
)
select
  product_id,
  name,
  category,
  current_stock,
  units_7d,
  units_30d,
  days_of_cover,
  forecasted_demand,
  greatest(forecasted_demand - current_stock, 0) as units_short,
  status
from selling
where cast(current_stock as bigint) * 30 < units_30d * :days
  or forecasted_demand > current_stock
order by days_of_cover, units_short desc, product_id
