-- A row is a date at which one of these orders may stand. The index can name a date too many, never one too few.
-- Inputs: order_keys, ids (order_id). Slots: {key_hash}.
select distinct cast(home as varchar) as partition_date
from order_keys
where key_hash in (select {key_hash} from ids)
