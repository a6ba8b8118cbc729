with customers as (
  select
    user_id,
    min(order_date) as first_order_date,
    max(order_date) as last_order_date,
    cast(sum(orders) as bigint) as orders,
    cast(sum(revenue) as decimal(18,2)) as revenue
  from {{ ref("gold_customer_daily") }}
  group by user_id
),
ranked as (
  select
    *,
    rank() over (order by revenue desc) as revenue_rank
  from customers
)
select
  user_id,
  first_order_date,
  last_order_date,
  orders,
  revenue,
  {{ half_up("cast(revenue * 100 as bigint)", "100 * orders", 2) }} as avg_order_value,
  revenue_rank,
  10 * (revenue_rank - 1) < (select count(*) from customers) as is_top_decile
from ranked
