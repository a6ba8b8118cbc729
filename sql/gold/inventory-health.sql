-- A row is a product's stock compared with its demand.
-- Inputs: products, daily_sales, newest_order_date (one row; none if there are no orders).
-- A window is calendar days up to and including the newest order date. 28 days hold each weekday four times, so the sum
-- of the weekdays' means is a quarter of their units. The status uses the exact days of cover: 30 × stock ÷ units of
-- 30 days. Sums have 38 digits: see category-kpis.sql.
with recent_sales as (
  select
    daily_sales.product_id,
    daily_sales.units,
    date_diff('day', daily_sales.order_date, newest_order_date.order_date) as days_ago
  from daily_sales
  cross join newest_order_date
),
demand as (
  select
    product_id,
    cast(sum(case when days_ago < 7 then units else 0 end) as bigint) as units_7d,
    cast(sum(case when days_ago < 28 then units else 0 end) as bigint) as units_28d,
    cast(sum(units) as bigint) as units_30d
  from recent_sales
  where days_ago between 0 and 29
  group by product_id
),
stock as (
  select
    products.product_id,
    products.name,
    products.category,
    products.current_stock,
    coalesce(demand.units_7d, 0) as units_7d,
    cast(coalesce(demand.units_28d, 0) as decimal(38,0)) as units_28d,
    cast(coalesce(demand.units_30d, 0) as decimal(38,0)) as units_30d
  from products
  left join demand on demand.product_id = products.product_id
),
fractions as (
  select
    product_id,
    name,
    category,
    current_stock,
    units_7d,
    units_30d,
    30 * cast(current_stock as bigint) as month_of_stock,
    units_28d + 3 as forecast
  from stock
)
select
  product_id,
  name,
  category,
  current_stock,
  units_7d,
  cast(units_30d as bigint) as units_30d,
  cast({half_up(10000 * units_30d, 30)} * 0.0001 as decimal(38,4)) as daily_demand,
  cast({half_up(10 * month_of_stock, units_30d)} * 0.1 as decimal(18,1)) as days_of_cover,
  cast((forecast - mod(forecast, 4)) * 0.25 as bigint) as forecasted_demand,
  case
    when current_stock is null then 'unknown'
    when current_stock = 0 then 'out'
    when units_30d = 0 then 'idle'
    when month_of_stock < 7 * units_30d then 'low'
    when month_of_stock > 60 * units_30d then 'over'
    else 'ok'
  end as status
from fractions
