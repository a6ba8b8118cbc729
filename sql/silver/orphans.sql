-- A row is a candidate of order items with what it waits for: null where it waits for nothing. A winner that waits is an
-- orphan. This is the rule for orphans; no other statement repeats it.
-- An item whose order is not in Silver has no date, so it has to wait; it waits for its order first.
-- Inputs: candidates (of order items: an item's content, with partition_date, its order's date or null, and is_known,
-- whether its product is in Silver).
select
  *,
  case
    when partition_date is null then 'order'
    when not is_known then 'product'
  end as waits_for
from candidates
