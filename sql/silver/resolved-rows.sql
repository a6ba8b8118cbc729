-- A row is a version of a contested key of a dataset whose records say their date themselves.
-- Inputs: versions (the rows of winners.sql). Slots: {partition_date}.
select
  versions.*,
  versions.is_last as is_winner,
  {partition_date} as partition_date,
  cast(null as varchar) as waits_for,
  false as is_orphan
from versions
