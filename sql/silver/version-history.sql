-- A row is a version of a key in one batch, as the version history stores it. Of keys with a single version it has only
-- those of a batch that is not the partition's main batch: Silver itself tells the others.
-- Inputs: single_version_rows (none, where all are of the main batches), resolved_rows, ranks, main_batches
-- (partition_date, rank).
-- Slots: {columns} (a record's content), {partition_column}, {content_date} (of orders, whose own date may be another
-- than the partition's).
select
  {columns},
  ranks.batch,
  resolved_rows.position,
  resolved_rows.copies,
  {content_date}
  resolved_rows.partition_date as {partition_column}
from resolved_rows
inner join ranks on resolved_rows.rank = ranks.rank
union all
select
  {columns},
  ranks.batch,
  single_version_rows.position,
  single_version_rows.copies,
  {content_date}
  single_version_rows.partition_date as {partition_column}
from single_version_rows
inner join ranks on single_version_rows.rank = ranks.rank
where not exists (
  select 1
  from main_batches
  where
    main_batches.partition_date = single_version_rows.partition_date
    and main_batches.rank = single_version_rows.rank
)
