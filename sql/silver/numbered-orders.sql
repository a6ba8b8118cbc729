-- A row is an order that has items with a line number beside items without one: those without are superseded.
-- Inputs: candidates.
select distinct order_id
from candidates
where
  line_number is not null
  and order_id in (select order_id from candidates where line_number is null)
