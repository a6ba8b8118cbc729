-- A row is a partition that candidates belong to; `none` for items whose order is not known.
-- Inputs: candidates.
select coalesce(cast(partition_date as varchar), 'none') as partition_date
from candidates
group by candidates.partition_date
