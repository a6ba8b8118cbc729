-- A row is an order. Its date is the shop's calendar day, its total what was charged, before refunds.
-- Inputs: lines.
select
  order_id,
  coalesce(lower(email), 'guest:' || order_id) as user_id,
  case when regexp_matches(created_at, '^\d{4}-\d\d-\d\d ') then left(created_at, 10) else created_at end as order_date,
  total as total_amount,
  case
    when cancelled_at is not null then 'cancelled'
    when financial_status = 'paid' then 'completed'
    when financial_status in ('refunded', 'partially_refunded') then 'returned'
    when financial_status in ('pending', 'authorized', 'partially_paid', 'unpaid', 'expired') then 'pending'
    when financial_status = 'voided' then 'cancelled'
    else financial_status
  end as status,
  _file,
  _line
from lines
where line_number = 1
