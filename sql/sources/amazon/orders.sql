-- A row is an order. The report names no customer: each order counts as a customer of its own.
-- Its total is the items, shipping and gift wrap, with tax, less promotions.
-- Inputs: lines.
-- Parameters:
-- :time_zone text = 'UTC'   the shop's time zone
select
  order_id,
  'guest:' || order_id as user_id,
  coalesce(
    strftime(timezone(:time_zone, try_cast(min(purchased_at) as timestamptz)), '%Y-%m-%d'),
    min(purchased_at)
  ) as order_date,
  if(
    count(charged) = count(*),
    cast(sum(charged) as varchar),
    min(charged_text) filter (where charged is null)
  ) as total_amount,
  case
    when min(status) in ('Cancelled', 'Canceled') then 'cancelled'
    when min(status) in (
      'Shipped - Returned to Seller', 'Shipped - Returning to Seller', 'Shipped - Rejected by Buyer',
      'Shipped - Undeliverable', 'Shipped - Lost in Transit', 'Shipped - Damaged'
    ) then 'returned'
    when min(status) in (
      'Complete', 'Shipping', 'Shipped', 'Shipped - Picked Up', 'Shipped - Out for Delivery', 'Shipped - Delivered to Buyer'
    ) then 'completed'
    when min(status) in ('Unshipped', 'PartiallyShipped', 'Partially Shipped', 'InvoiceUnconfirmed')
      or min(status) like 'Pending%' then 'pending'
    else min(status)
  end as status,
  _file,
  min(_line) as _line
from lines
group by _file, order_id
