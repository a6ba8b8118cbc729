-- A row compares a product's live sales in an hour with the 24 hours before. Hours in which nothing sold have no rows;
-- in the others each product has a row that sold in the hour or in the 24 before.
-- Inputs: anomalies (a period is an hour, a series a product), live_hours.
with hour_dates as (
  select hour, min(sale_date) as sale_date
  from live_hours
  group by hour
)
select
  hour_dates.sale_date,
  anomalies.period as hour,
  anomalies.series as product_name,
  cast(anomalies.cents * 0.01 as bigint) as units,
  cast(anomalies.expected_cents * 0.01 as decimal(38,2)) as expected,
  cast(anomalies.hundredths * 0.01 as decimal(38,2)) as deviation,
  anomalies.direction
from anomalies
inner join hour_dates on hour_dates.hour = anomalies.period
