-- A row is one version (content) of a contested key in one batch, with what the rules of arrival make of it: `is_first`
-- where the version first arrived in this batch, `is_last` where it is also the version that first arrived last: it wins.
-- `position` is the version's place among those of its key in the batch: no more of it matters.
-- Inputs: candidates, contested_keys.
-- Slots: {columns} (a record's content, and what follows from it), {key}.
with by_batch as (
  select
    {columns},
    rank,
    min(position) as first_position,
    cast(sum(copies) as int) as copies
  from candidates
  where key_hash in (select key_hash from contested_keys)
  group by
    {columns},
    rank
),
in_order as (
  select
    {columns},
    rank,
    row_number() over (partition by {key}, rank order by first_position) as position,
    copies
  from by_batch
),
first_arrivals as (
  select
    *,
    row_number() over (partition by {columns} order by rank, position) = 1 as is_first
  from in_order
)
select
  *,
  is_first
  and row_number() over (partition by {key}, is_first order by rank desc, position desc) = 1 as is_last
from first_arrivals
