-- A row is a product that sold live on a date, with the first hour of the date in which it did, 0 to 23.
-- Inputs: live_hours.
select
  cast(sale_date as varchar) as sale_date,
  product_name,
  cast(min(hour(hour)) as int) as first_hour
from live_hours
group by cast(sale_date as varchar), product_name
