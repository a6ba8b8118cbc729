with newest as (
  select max(order_date) as order_date
  from {{ ref("gold_order_kpis") }}
),
demand as (
  select
    sales.product_id,
    sum(sales.units) filter (where sales.order_date > newest.order_date - 7) as units_7d,
    sum(sales.units) filter (where sales.order_date > newest.order_date - 28) as units_28d,
    sum(sales.units) filter (where sales.order_date > newest.order_date - 30) as units_30d
  from {{ ref("gold_daily_sales") }} as sales
  cross join newest
  group by sales.product_id
),
stock as (
  select
    products.product_id,
    products.name,
    products.category,
    cast(products.current_stock as bigint) as current_stock,
    cast(coalesce(demand.units_7d, 0) as bigint) as units_7d,
    cast(coalesce(demand.units_28d, 0) as bigint) as units_28d,
    cast(coalesce(demand.units_30d, 0) as bigint) as units_30d
  from {{ ref("silver_products") }} as products
  left join demand on demand.product_id = products.product_id
)
select
  product_id,
  name,
  category,
  current_stock,
  units_7d,
  units_30d,
  {{ half_up("units_30d", "30", 4) }} as daily_demand,
  case when units_30d > 0 then {{ half_up("30 * current_stock", "greatest(units_30d, 1)", 1) }} end as days_of_cover,
  (units_28d + 3) // 4 as forecasted_demand,
  case
    when current_stock is null then 'unknown'
    when current_stock = 0 then 'out'
    when units_30d = 0 then 'idle'
    when 30 * current_stock < 7 * units_30d then 'low'
    when 30 * current_stock > 60 * units_30d then 'over'
    else 'ok'
  end as status
from stock
