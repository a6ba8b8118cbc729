-- A row is a partition and a batch, by its rank, with how many keys have a single version there.
-- Inputs: single_version_rows.
select
  partition_date,
  rank,
  count(*) as singles
from single_version_rows
group by
  partition_date,
  rank
