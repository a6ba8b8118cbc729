-- A row is the orders and the revenue of a date: kept in its manifest, so that sums over all dates are audited without
-- reading them all.
-- Inputs: order_kpis.
select
  cast(order_date as varchar) as order_date,
  cast(total_orders as int) as orders,
  cast(total_revenue as varchar) as revenue
from order_kpis
