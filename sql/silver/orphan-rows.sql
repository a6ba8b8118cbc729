-- A row is an orphan, as the table of the orphans has it.
-- Inputs: resolved_rows, ranks. Slots: {columns} (an item's content), {partition_column}.
select
  {columns},
  resolved_rows.waits_for,
  ranks.batch,
  resolved_rows.partition_date as {partition_column}
from resolved_rows
inner join ranks on resolved_rows.rank = ranks.rank
where resolved_rows.is_orphan
