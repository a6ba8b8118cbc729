with records as (
  {{ read_records("orders", ["order_id", "user_id", "order_date", "total_amount", "status"]) }}
)
select
  arrival,
  trim(order_id) as order_id,
  trim(user_id) as user_id,
  cast(try_strptime(order_date, '%Y-%m-%dT%H:%M:%SZ') as date) as order_date,
  try_cast(total_amount as decimal(12,2)) as total_amount,
  status
from records
where trim(order_id) <> ''
  and trim(user_id) <> ''
  and cast(try_strptime(order_date, '%Y-%m-%dT%H:%M:%SZ') as date) <= date '{{ env_var("DAY_DATE") }}' + 1
  and try_cast(total_amount as decimal(12,2)) >= 0
  and status in ('pending', 'completed', 'returned', 'cancelled')
