-- A row is a partition, with the rank of its main batch: the one with most of the keys that have a single version.
-- Inputs: named_main_batches (partition_date, batch), ranks.
select
  named_main_batches.partition_date,
  ranks.rank
from named_main_batches
inner join ranks on named_main_batches.batch = ranks.batch
