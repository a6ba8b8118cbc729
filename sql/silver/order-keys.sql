-- A row is an order's key hash and a date at which it stands or stood, as the key index stores it.
-- Inputs: merged_keys, moved_orders. Slots: {key_hash}.
select
  key_hash,
  home
from merged_keys
union all
select
  {key_hash},
  new_date
from moved_orders
where new_date is not null
