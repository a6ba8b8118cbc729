-- A row is an order. Its total is what was charged, before refunds. An amount may have a decimal comma: the plugin
-- writes numbers as the shop does if it is told to.
-- Inputs: lines.
-- Parameters:
-- :date_format text = '%Y-%m-%d %H:%M'   how the export writes the date of an order
select
  order_id,
  coalesce(lower(email), 'guest:' || order_id) as user_id,
  coalesce(
    strftime(try_strptime(ordered_at, ['%Y-%m-%d %H:%M:%S', :date_format]), '%Y-%m-%d'),
    ordered_at
  ) as order_date,
  case
    when regexp_full_match(total, '\d{1,3}(\.?\d{3})*,\d{1,2}') then replace(replace(total, '.', ''), ',', '.')
    when regexp_full_match(total, '\d{1,3}(,\d{3})*(\.\d+)?') then replace(total, ',', '')
    else total
  end as total_amount,
  case
    when lower(status) in ('cancelled', 'failed', 'wc-cancelled', 'wc-failed') then 'cancelled'
    when lower(status) in ('refunded', 'wc-refunded') then 'returned'
    when lower(status) in ('completed', 'processing', 'wc-completed', 'wc-processing')
      then if(regexp_matches(refunded, '[1-9]'), 'returned', 'completed')
    when lower(status) in ('pending payment', 'on hold', 'wc-pending', 'wc-on-hold') then 'pending'
    else status
  end as status,
  _file,
  _line
from lines
where order_row = 1
