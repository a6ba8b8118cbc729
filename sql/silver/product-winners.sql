-- A row is a product as it last arrived, and the batch it came with.
-- Inputs: entries. Slots: {columns}.
select
  {columns},
  rank
from (
  select
    *,
    row_number() over (partition by product_id order by rank desc, position desc) as place
  from entries
) as arrivals
where place = 1
