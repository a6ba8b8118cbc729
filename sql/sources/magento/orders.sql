-- A row is an order. Its id is the table's entity_id, which the items name; its total is before refunds.
-- Inputs: loaded_orders.
-- Parameters:
-- :time_zone text = 'UTC'   the shop's time zone
select
  entity_id as order_id,
  coalesce(lower(customer_email), customer_id, 'guest:' || entity_id) as user_id,
  coalesce(
    strftime(timezone(:time_zone, timezone('UTC', try_cast(created_at as timestamp))), '%Y-%m-%d'),
    created_at
  ) as order_date,
  base_grand_total as total_amount,
  case
    when state = 'canceled' then 'cancelled'
    when state = 'closed' or regexp_matches(base_total_refunded, '[1-9]') then 'returned'
    when state in ('complete', 'processing') then 'completed'
    when state in ('new', 'pending_payment', 'payment_review', 'holded') then 'pending'
    else state
  end as status,
  _file,
  _line
from loaded_orders
