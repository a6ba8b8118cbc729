-- A row is a partition and a batch, with how many of the batch's records bear which label there.
-- Inputs: placed (records with their home and what became of them), ranks.
select
  coalesce(cast(home as varchar), 'none') as home,
  batch,
  count(*) filter (where is_winner and not is_orphan) as kept,
  sum(copies) - count(*) filter (where is_first) as duplicates,
  count(*) filter (where is_first and not is_winner) as superseded,
  count(*) filter (where is_winner and is_orphan) as orphans,
  count(*) filter (where is_plain and not is_orphan) as plain
from placed
inner join ranks on placed.rank = ranks.rank
group by
  home,
  batch
