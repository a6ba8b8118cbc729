-- A row is the hash of a contested key of order items: a key with several candidates or copies, one that can't win, or
-- one that waits. A hash may stand here more than once.
-- Inputs: candidates (the rows of orphans.sql), numbered_orders.
select key_hash
from candidates
group by key_hash
having sum(copies) > 1
union all
select key_hash
from candidates
where
  line_number is null
  and order_id in (select order_id from numbered_orders)
union all
select key_hash
from candidates
where waits_for is not null
