-- A row is an order's key hash and a date at which it stands or stood, as the key index stores it.
-- Inputs: merged_keys, moved_orders, added_dates (new_date, kind). Slots: {key_hash}.
select
  key_hash,
  home
from merged_keys
union all
select
  {key_hash},
  moved_orders.new_date
from moved_orders
inner join added_dates
  on cast(moved_orders.new_date as varchar) = added_dates.new_date
  and case when moved_orders.old_date is null then 'new' else 'moved' end = added_dates.kind
