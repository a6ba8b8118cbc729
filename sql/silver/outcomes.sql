-- A row is a partition and a batch, with how many of the batch's records have which outcome there. `singles` counts those
-- that are the only version of their key. The partition is `none` where an item's order is not known.
-- Inputs: single_counts, resolved_rows, ranks.
with counts as (
  select
    rank,
    partition_date,
    count(*) filter (where is_winner and not is_orphan) as kept,
    sum(copies) - count(*) filter (where is_first) as duplicates,
    count(*) filter (where is_first and not is_winner) as superseded,
    count(*) filter (where is_winner and is_orphan) as orphans,
    0 as singles
  from resolved_rows
  group by
    rank,
    partition_date
  union all
  select
    rank,
    partition_date,
    singles,
    0,
    0,
    0,
    singles
  from single_counts
)
select
  coalesce(cast(counts.partition_date as varchar), 'none') as partition_date,
  ranks.batch,
  sum(counts.kept) as kept,
  sum(counts.duplicates) as duplicates,
  sum(counts.superseded) as superseded,
  sum(counts.orphans) as orphans,
  sum(counts.singles) as singles
from counts
inner join ranks on counts.rank = ranks.rank
group by
  counts.partition_date,
  ranks.batch
