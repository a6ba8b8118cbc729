-- A row is a category that sold on a date.
-- Inputs: category_kpis.
select
  category,
  cast(order_date as varchar) as order_date
from category_kpis
