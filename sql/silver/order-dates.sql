-- A row is a date at which an order stands after this run.
-- Inputs: single_counts, versions (the rows of winners.sql).
select cast(partition_date as varchar) as partition_date
from single_counts
union
select cast(order_date as varchar) as partition_date
from versions
where is_last
