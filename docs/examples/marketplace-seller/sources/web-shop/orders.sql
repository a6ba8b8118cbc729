-- A row is an order.
-- Inputs: lines.
select
  order_id,
  any_value(user_id) as user_id,
  min(order_date) as order_date,
  sum(try_cast(quantity as int) * try_cast(price as decimal(12,2))) as total_amount,
  case min(status)
    when 'bezahlt' then 'completed'
    when 'offen' then 'pending'
    when 'storniert' then 'cancelled'
    when 'retourniert' then 'returned'
    else min(status)
  end as status,
  min(_file) as _file,
  min(_line) as _line
from lines
group by order_id
