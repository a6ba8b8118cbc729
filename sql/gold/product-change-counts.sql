-- One row: how many products changed, and how many of these are new.
-- Inputs: product_changes.
select
  cast(count(*) as int) as changes,
  cast(count(case when is_new then 1 end) as int) as new_products
from product_changes
