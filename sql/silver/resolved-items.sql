-- A row is a version of a contested order item. One without a line number can't win in an order that has numbered ones.
-- A winner that waits is an orphan.
-- Inputs: versions (the rows of winners.sql, with waits_for of orphans.sql), numbered_orders.
with contestants as (
  select
    *,
    is_last
    and (line_number is not null or order_id not in (select order_id from numbered_orders)) as is_winner
  from versions
)
select
  *,
  is_winner and waits_for is not null as is_orphan
from contestants
