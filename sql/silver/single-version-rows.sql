-- A row is a record whose key has one version that came once. It is kept. Nearly all records are such.
-- Inputs: candidates, contested_keys. Slots: {columns} (a record's content).
select
  {columns},
  rank,
  1 as position,
  copies,
  partition_date
from candidates
where key_hash not in (select key_hash from contested_keys)
