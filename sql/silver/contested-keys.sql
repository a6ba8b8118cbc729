-- A row is the hash of a key with more than one entry, or with an entry that stands for copies.
-- Two keys of one hash only make both of them contested.
-- Inputs: entries.
select key_hash
from entries
group by key_hash
having sum(copies) > 1
