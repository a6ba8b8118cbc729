-- A row is what a product sold live in an hour, as seen from an hour in which anything sold: the hour itself, or one of
-- the 24 before. `periods` is how many of these hours count: those since the product's first sale. With fewer than
-- `least_periods` there is no deviation. Units stand as hundredths.
-- Inputs: anomaly_dates (sale_date), live_hours (these dates and the day before each), first_sales (product_name,
-- first_hour: the first hour in which it ever sold).
with hours as (
  select distinct live_hours.hour
  from live_hours
  inner join anomaly_dates on anomaly_dates.sale_date = live_hours.sale_date
)
select
  hours.hour as period,
  live_hours.product_name as series,
  date_diff('hour', live_hours.hour, hours.hour) as periods_ago,
  least(24, date_diff('hour', first_sales.first_hour, hours.hour)) as periods,
  6 as least_periods,
  cast(live_hours.units as decimal(38,0)) * 100 as cents
from hours
inner join live_hours on live_hours.hour between hours.hour - interval '24' hour and hours.hour
inner join first_sales on first_sales.product_name = live_hours.product_name
