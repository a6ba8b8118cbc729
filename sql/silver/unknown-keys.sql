-- A row is an id that Silver does not have; each stands here once.
-- Inputs: ids, known. Slots: {key} (the id's column).
select distinct ids.{key}
from ids
where not exists (
  select 1
  from known
  where known.{key} = ids.{key}
)
