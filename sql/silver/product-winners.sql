-- A row is a product as it last arrived, and the rank of the batch that it came with. All earlier arrivals are superseded.
-- Inputs: candidates. Slots: {columns}.
with latest_first as (
  select
    *,
    row_number() over (partition by product_id order by rank desc, position desc) as place
  from candidates
)
select
  {columns},
  rank
from latest_first
where place = 1
