-- A row is the order id of a candidate whose order is not known.
-- Inputs: candidates.
select distinct order_id
from candidates
where partition_date is null
