-- A row is a transaction. Its total is net sales and tax, without tips, before refunds. A refund names the transaction
-- or the payment that it pays back; the transaction is returned if it is among the files.
-- Inputs: lines, sold_lines.
with refunds as (
  select order_id, payment_id
  from lines
  where event_type = 'Refund'
)
select
  order_id,
  coalesce(min(customer_id), 'guest:' || order_id) as user_id,
  min(sold_on) as order_date,
  if(
    count(paid) = count(*),
    cast(sum(paid) as varchar),
    min(paid_text) filter (where paid is null)
  ) as total_amount,
  case
    when bool_or(event_type <> 'Payment') then min(event_type) filter (where event_type <> 'Payment')
    when order_id in (select order_id from refunds)
      or bool_or(payment_id in (select payment_id from refunds)) then 'returned'
    else 'completed'
  end as status,
  _file,
  min(_line) as _line
from sold_lines
group by _file, order_id
