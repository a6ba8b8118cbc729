-- A row is the hash of a contested key of order items: one that contested-keys.sql would name, one that can't win, or one
-- that waits.
-- Inputs: candidates (the rows of orphans.sql), numbered_orders.
select key_hash
from (
  select
    key_hash,
    copies,
    row_number() over (partition by key_hash) as place
  from candidates
) as numbered
where
  place = 2
  or copies > 1
union
select key_hash
from candidates
where
  line_number is null
  and order_id in (select order_id from numbered_orders)
union
select key_hash
from candidates
where waits_for is not null
