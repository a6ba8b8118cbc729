-- What became of the records that were delivered for a range of dates?
-- A row is one dataset of which records were delivered, by its name; the last row, without a name, is all of them. A
-- batch counts, with all of its records, if one of them has a date in the range or if the batch speaks of a date in it.
-- Reads: lake_batches, lake_arrivals (on DuckDB only).
-- Parameters:
-- :from date = 0001-01-01   first date
-- :to   date = 9999-12-31   last date
-- Columns:
-- dataset (text): the dataset; null for all together
-- batches (batches): its batches
-- received (records): every record that was delivered, good or bad
-- kept (records): rows of the lake
-- duplicates (records): copies of a record that had already arrived
-- superseded (records): older states of a record that has a newer one
-- rejected (records): those that break a rule
-- waiting (records): order lines whose order or product has not arrived yet
-- late (records): those that arrived in the daily batch of a later date than their own
-- percent_usable (%): kept, duplicates and superseded ÷ received: the records that keep the rules and don't wait
-- Half-up to 2 places, in whole numbers.
with relevant as (
  select batch
  from lake_arrivals
  where record_date between :from and :to
  union
  select batch
  from lake_batches
  where cast(as_of as date) between :from and :to
),
outcomes as (
  select dataset, received, kept, duplicates, superseded, rejected, orphans, 0 as late, 1 as batches
  from lake_batches
  where batch in (select batch from relevant)
  union all
  select dataset, 0, 0, 0, 0, 0, 0, records, 0
  from lake_arrivals
  where batch in (select batch from relevant)
    and batch = cast(cast(as_of as date) as varchar)
    and record_date < cast(as_of as date)
),
totals as (
  select
    dataset,
    cast(coalesce(sum(batches), 0) as bigint) as batches,
    cast(coalesce(sum(received), 0) as bigint) as received,
    cast(coalesce(sum(kept), 0) as bigint) as kept,
    cast(coalesce(sum(duplicates), 0) as bigint) as duplicates,
    cast(coalesce(sum(superseded), 0) as bigint) as superseded,
    cast(coalesce(sum(rejected), 0) as bigint) as rejected,
    cast(coalesce(sum(orphans), 0) as bigint) as waiting,
    cast(coalesce(sum(late), 0) as bigint) as late
  from outcomes
  group by grouping sets ((dataset), ())
)
select
  dataset,
  batches,
  received,
  kept,
  duplicates,
  superseded,
  rejected,
  waiting,
  late,
  cast((20000 * (kept + duplicates + superseded) + received) // nullif(2 * received, 0) * 0.01 as decimal(5,2))
    as percent_usable
from totals
order by dataset nulls last
