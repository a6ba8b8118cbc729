with order_days as (
  select
    order_date,
    count(*) filter (where status <> 'cancelled') as total_orders,
    sum(total_amount) filter (where status <> 'cancelled') as total_revenue,
    count(*) filter (where status = 'returned') as returned
  from {{ ref("int_orders") }}
  group by order_date
),
customer_days as (
  select order_date, count(*) as unique_customers
  from {{ ref("gold_customer_daily") }}
  group by order_date
),
item_days as (
  select order_date, sum(units) as total_items_sold
  from {{ ref("gold_daily_sales") }}
  group by order_date
)
select
  order_days.order_date,
  order_days.total_orders,
  cast(coalesce(order_days.total_revenue, 0) as decimal(18,2)) as total_revenue,
  cast(coalesce(item_days.total_items_sold, 0) as bigint) as total_items_sold,
  {{ half_up("order_days.returned", "greatest(order_days.total_orders, 1)", 4) }} as return_rate,
  coalesce(customer_days.unique_customers, 0) as unique_customers
from order_days
left join customer_days on customer_days.order_date = order_days.order_date
left join item_days on item_days.order_date = order_days.order_date
