-- A row is a partition that items leave or enter because their order appeared, moved or vanished. An order that appeared
-- matters only where items wait for it.
-- Inputs: moved_orders, unplaced_items (the version history of items without an order).
with moves as (
  select
    old_date,
    new_date
  from moved_orders
  where
    old_date is not null
    or order_id in (select order_id from unplaced_items)
)
select coalesce(cast(old_date as varchar), 'none') as partition_date
from moves
union
select coalesce(cast(new_date as varchar), 'none') as partition_date
from moves
