-- Which rules do the rejected records of a range of dates break?
-- A row is one rule of one dataset, the one with the most records first. The batches are those of data-quality.sql.
-- Reads: lake_batches, lake_arrivals, lake_rejections (on DuckDB only).
-- Parameters:
-- :from date = 0001-01-01   first date
-- :to   date = 9999-12-31   last date
-- Columns:
-- dataset (text): the dataset
-- rule (text): the rule
-- records (records): rejected records that break it
with relevant as (
  select batch
  from lake_arrivals
  where record_date between :from and :to
  union
  select batch
  from lake_batches
  where cast(as_of as date) between :from and :to
)
select
  dataset,
  rule,
  cast(sum(records) as bigint) as records
from lake_rejections
where batch in (select batch from relevant)
group by dataset, rule
order by records desc, dataset, rule
