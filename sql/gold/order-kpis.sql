-- A row is the KPIs of all orders of a date; zeros if every order of the date is cancelled.
-- Inputs: orders, customer_daily, counting_lines.
-- Amounts have 38 digits: see category-kpis.sql.
with order_days as (
  select
    order_date,
    count(case when status <> 'cancelled' then 1 end) as total_orders,
    sum(case when status <> 'cancelled' then total_amount else 0 end) as total_revenue,
    count(case when status = 'returned' then 1 end) as returned
  from orders
  group by order_date
),
customer_days as (
  select order_date, count(*) as unique_customers
  from customer_daily
  group by order_date
),
line_days as (
  select order_date, sum(quantity) as total_items_sold
  from counting_lines
  group by order_date
)
select
  order_days.order_date,
  order_days.total_orders,
  cast(order_days.total_revenue as decimal(38,2)) as total_revenue,
  cast(coalesce(line_days.total_items_sold, 0) as bigint) as total_items_sold,
  cast(coalesce({half_up(1000000 * returned, total_orders)}, 0) * 0.0001 as decimal(18,4)) as return_rate,
  coalesce(customer_days.unique_customers, 0) as unique_customers
from order_days
left join customer_days on customer_days.order_date = order_days.order_date
left join line_days on line_days.order_date = order_days.order_date
