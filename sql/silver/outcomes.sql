-- A row is a partition and a batch, with how many of the batch's records have which outcome there. `singles` counts those
-- that are the only version of their key. The partition is `none` where an item's order is not known.
-- Inputs: single_version_rows, resolved_rows, ranks.
with all_rows as (
  select
    rank,
    partition_date,
    copies,
    is_first,
    is_winner,
    is_orphan,
    false as is_single
  from resolved_rows
  union all
  select
    rank,
    partition_date,
    copies,
    true,
    true,
    false,
    true
  from single_version_rows
)
select
  coalesce(cast(all_rows.partition_date as varchar), 'none') as partition_date,
  ranks.batch,
  count(*) filter (where all_rows.is_winner and not all_rows.is_orphan) as kept,
  sum(all_rows.copies) - count(*) filter (where all_rows.is_first) as duplicates,
  count(*) filter (where all_rows.is_first and not all_rows.is_winner) as superseded,
  count(*) filter (where all_rows.is_winner and all_rows.is_orphan) as orphans,
  count(*) filter (where all_rows.is_single) as singles
from all_rows
inner join ranks on all_rows.rank = ranks.rank
group by
  all_rows.partition_date,
  ranks.batch
