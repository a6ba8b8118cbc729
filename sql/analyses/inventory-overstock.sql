-- Which products hold more stock than they sell, and how much money is tied up in the surplus?
-- A row is one product whose stock lasts longer than `days` days, or which doesn't sell at all, the most valuable
-- surplus first.
-- Reads: gold_inventory_health, silver_products.
-- Parameters:
-- :days int = 60   days the stock should last at most
-- :top  int = 50   number of products
-- Columns:
-- product_id (text): the product
-- name (text): its name
-- category (text): its category
-- current_stock (units): units in stock
-- units_30d (units): units sold in the 30 days up to the newest order date
-- days_of_cover (days): days that the stock lasts at this rate; null if nothing is sold
-- surplus_units (units): stock minus the units that sell in `days` days, rounded down
-- surplus_value (money): surplus units × current price
-- status (text): `over` (> 60 days), `idle` (nothing sold in 30 days), or `ok` if `days` is less than 60
with surplus as (
  select
    gold_inventory_health.product_id,
    gold_inventory_health.name,
    gold_inventory_health.category,
    gold_inventory_health.current_stock,
    gold_inventory_health.units_30d,
    gold_inventory_health.days_of_cover,
    30 * cast(gold_inventory_health.current_stock as bigint) - gold_inventory_health.units_30d * :days as thirtieths,
    silver_products.price,
    gold_inventory_health.status
  from gold_inventory_health
  inner join silver_products on silver_products.product_id = gold_inventory_health.product_id
  where gold_inventory_health.current_stock > 0
),
units as (
  select
    product_id,
    name,
    category,
    current_stock,
    units_30d,
    days_of_cover,
    cast((thirtieths - mod(thirtieths, 30)) / 30 as bigint) as surplus_units,
    price,
    status
  from surplus
  where thirtieths > 0
),
ranked as (
  select
    product_id,
    name,
    category,
    current_stock,
    units_30d,
    days_of_cover,
    surplus_units,
    cast(surplus_units * cast(price as decimal(38,2)) as decimal(38,2)) as surplus_value,
    status,
    row_number() over (order by surplus_units * cast(price as decimal(38,2)) desc, product_id) as place
  from units
)
select
  product_id,
  name,
  category,
  current_stock,
  units_30d,
  days_of_cover,
  surplus_units,
  surplus_value,
  status
from ranked
where place <= :top
order by place
