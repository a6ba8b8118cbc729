-- A row is a date at which an order stands after this run.
-- Inputs: single_version_rows, versions (the rows of winners.sql).
select cast(order_date as varchar) as partition_date
from single_version_rows
union
select cast(order_date as varchar) as partition_date
from versions
where is_last
