-- A row is the hash of a key with more than one entry, or with an entry that has copies.
-- Two keys of one hash only make both of them contested.
-- Inputs: entries. Slots: {key_hash}.
select {key_hash} as key_hash
from entries
group by {key_hash}
having count(*) > 1
    or max(copies) > 1
