-- A row is what a category sold on a day, as seen from a date: the date itself, or one of the 28 calendar days before.
-- `periods` is how many of these days count: those since the category's first sale. With fewer than `least_periods`
-- there is no deviation.
-- Inputs: anomaly_dates (order_date), category_kpis (these dates and the 28 days before each), first_sales (category,
-- first_sale: the first date on which it ever sold).
select
  anomaly_dates.order_date as period,
  category_kpis.category as series,
  date_diff('day', category_kpis.order_date, anomaly_dates.order_date) as periods_ago,
  least(28, date_diff('day', first_sales.first_sale, anomaly_dates.order_date)) as periods,
  7 as least_periods,
  cast(cast(category_kpis.daily_revenue as decimal(38,2)) * 100 as decimal(38,0)) as cents
from anomaly_dates
inner join category_kpis
  on category_kpis.order_date between cast(anomaly_dates.order_date - interval '28' day as date)
    and anomaly_dates.order_date
inner join first_sales on first_sales.category = category_kpis.category
