-- A row is a batch of products: how many candidates it has, and how many of them are kept.
-- Inputs: candidates, winners, ranks.
with kept as (
  select
    rank,
    count(*) as kept
  from winners
  group by rank
),
arrived as (
  select
    rank,
    count(*) as candidates
  from candidates
  group by rank
)
select
  ranks.batch,
  arrived.candidates,
  coalesce(kept.kept, 0) as kept
from arrived
inner join ranks on arrived.rank = ranks.rank
left join kept on arrived.rank = kept.rank
