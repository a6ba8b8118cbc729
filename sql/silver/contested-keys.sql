-- A row is the hash of a key with more than one candidate, or with a candidate that stands for copies.
-- Two keys of one hash only make both of them contested.
-- Numbering the candidates of each key takes less time and memory than counting them, since nearly all keys have one.
-- Inputs: candidates.
select distinct key_hash
from (
  select
    key_hash,
    copies,
    row_number() over (partition by key_hash) as place
  from candidates
) as numbered
where
  place = 2
  or copies > 1
