-- A row is a figure of a date on which two independently computed tables disagree. No rows: everything agrees.
-- Inputs: daily_sales, category_kpis, order_kpis, customer_daily, counting_lines.
with product_days as (
  select order_date, sum(amount) as amount, sum(units) as units
  from daily_sales
  group by order_date
),
category_days as (
  select order_date, sum(daily_revenue) as revenue
  from category_kpis
  group by order_date
),
customer_days as (
  select order_date, sum(orders) as orders, sum(revenue) as revenue
  from customer_daily
  group by order_date
),
unknown_lines as (
  select order_date, count(*) as lines
  from counting_lines
  where product_no is null
  group by order_date
),
days as (
  select
    order_kpis.order_date,
    order_kpis.total_orders,
    order_kpis.total_revenue,
    order_kpis.total_items_sold,
    coalesce(product_days.amount, 0) as product_amount,
    coalesce(product_days.units, 0) as product_units,
    coalesce(category_days.revenue, 0) as category_revenue,
    coalesce(customer_days.orders, 0) as customer_orders,
    coalesce(customer_days.revenue, 0) as customer_revenue,
    coalesce(unknown_lines.lines, 0) as unknown_lines
  from order_kpis
  left join product_days on product_days.order_date = order_kpis.order_date
  left join category_days on category_days.order_date = order_kpis.order_date
  left join customer_days on customer_days.order_date = order_kpis.order_date
  left join unknown_lines on unknown_lines.order_date = order_kpis.order_date
)
select order_date, 'sum of amount in daily_sales' as figure, product_amount as amount,
  'sum of daily_revenue in category_kpis' as other_figure, category_revenue as other_amount
from days
where product_amount <> category_revenue
union all
select order_date, 'sum of units in daily_sales', product_units, 'total_items_sold in order_kpis', total_items_sold
from days
where product_units <> total_items_sold
union all
select order_date, 'sum of orders in customer_daily', customer_orders, 'total_orders in order_kpis', total_orders
from days
where customer_orders <> total_orders
union all
select order_date, 'sum of revenue in customer_daily', customer_revenue, 'total_revenue in order_kpis', total_revenue
from days
where customer_revenue <> total_revenue
union all
select order_date, 'lines in silver_order_items whose product is not in silver_products', unknown_lines, 'allowed', 0
from days
where unknown_lines <> 0
