-- A row is a version that the version history stores, except those of removed batches.
-- Inputs: version_history, ranks, removed_batches. Slots: {content} (a record's content).
select
  {content},
  ranks.rank,
  version_history.position,
  version_history.copies
from version_history
inner join ranks on version_history.batch = ranks.batch
where version_history.batch not in (select batch from removed_batches)
