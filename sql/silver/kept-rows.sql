-- A row is a record that Silver keeps: the only version of its key, or the winner of a contest that is no orphan.
-- Inputs: single_version_rows, resolved_rows. Slots: {columns} (of Silver), {partition_column}.
select
  {columns},
  partition_date as {partition_column}
from single_version_rows
union all
select
  {columns},
  partition_date as {partition_column}
from resolved_rows
where
  is_winner
  and not is_orphan
