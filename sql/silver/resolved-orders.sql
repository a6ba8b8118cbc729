-- A row is a version of a contested order. All versions of an order stand at the date of its winner.
-- Inputs: versions (the rows of winners.sql).
select
  versions.*,
  versions.is_last as is_winner,
  winners.order_date as partition_date,
  cast(null as varchar) as waits_for,
  false as is_orphan
from versions
left join versions as winners
  on versions.order_id = winners.order_id
  and winners.is_last
