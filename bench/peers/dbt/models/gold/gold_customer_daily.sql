select
  order_date,
  user_id,
  count(*) as orders,
  cast(sum(total_amount) as decimal(18,2)) as revenue
from {{ ref("int_orders") }}
where status <> 'cancelled'
group by order_date, user_id
