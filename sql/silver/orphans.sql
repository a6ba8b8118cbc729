-- A row is a version of a contested order item. A winner whose order or product is not in Silver is an orphan:
-- `waits_for` says which of the two is missing, the order where both are.
-- Inputs: versions (the rows of winners.sql, with partition_date and is_known).
select
  *,
  is_winner and (partition_date is null or not is_known) as is_orphan,
  case
    when is_winner and partition_date is null then 'order'
    when is_winner and not is_known then 'product'
  end as waits_for
from versions
