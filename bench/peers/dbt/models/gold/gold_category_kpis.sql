with category_days as (
  select
    order_date,
    category,
    cast(sum(line_amount) as decimal(18,2)) as daily_revenue,
    count(distinct order_no) as orders,
    count(distinct order_no) filter (where status = 'returned') as returned
  from {{ ref("int_order_items") }}
  where status <> 'cancelled'
  group by order_date, category
)
select
  order_date,
  category,
  daily_revenue,
  {{ half_up("cast(daily_revenue * 100 as bigint)", "100 * orders", 2) }} as avg_order_value,
  {{ half_up("returned", "orders", 4) }} as avg_return_rate
from category_days
