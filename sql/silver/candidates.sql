-- A row is a record that competes with the others of its key: a copy or version in one batch.
-- Inputs: records (a record's content, its batch's rank, its position in the batch, its copies).
-- Slots: {key_hash}, {partition_date} (SQL of the date that the record itself says).
select
  records.*,
  {partition_date} as partition_date,
  {key_hash} as key_hash
from records
