-- A row is a product that sold live on a date, with the start of the first hour in which it did.
-- Inputs: live_hours.
select
  cast(sale_date as varchar) as sale_date,
  product_name,
  min(hour) as first_hour
from live_hours
group by cast(sale_date as varchar), product_name
