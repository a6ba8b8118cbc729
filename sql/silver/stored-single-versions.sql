-- A row is a row of Silver whose key the version history does not have: the only version of its key, which came once,
-- with the partition's main batch.
-- Inputs: silver, version_history, main_batches (partition_date, rank).
-- Slots: {content} (a record's content), {partition_column}, {same_key}.
select
  {content},
  main_batches.rank,
  0 as position,
  1 as copies
from silver
inner join main_batches on silver.{partition_column} = main_batches.partition_date
where not exists (
  select 1
  from version_history
  where {same_key}
)
