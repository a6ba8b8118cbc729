-- A row is the hash of a key with more than one candidate, or with a candidate that stands for copies.
-- Two keys of one hash only make both of them contested.
-- Inputs: candidates.
select key_hash
from candidates
group by key_hash
having sum(copies) > 1
