-- A row is a run of the key index that may hold one of these orders, by the range of its ids.
-- Inputs: key_ranges (run_name, least_id, most_id), ids (order_id). Slots: {id_order}.
select distinct key_ranges.run_name
from key_ranges
inner join ids on {id_order} between key_ranges.least_id and key_ranges.most_id
