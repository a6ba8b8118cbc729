-- On which days did a category sell far more or far less than expected?
-- A row is one category on one day, the newest day first, the strongest deviation of a day first. A day needs at least
-- 7 days before it.
-- Reads: gold_sales_anomalies.
-- Parameters:
-- :from date = 0001-01-01   first order date; by default 29 days before the last one
-- :to   date = 9999-12-31   last order date; at most the newest one in the lake
-- Columns:
-- order_date (date): the day
-- category (text): the category
-- amount (money): sales on the day
-- expected (money): median of the 28 days before
-- difference (money): amount − expected
-- deviation (spreads): difference ÷ usual spread of the 28 days before
-- direction (text): `spike` (deviation ≥ 3.5) or `drop` (≤ −3.5)
with newest as (
  select least(:to, max(order_date)) as last_date
  from gold_sales_anomalies
),
span as (
  select
    last_date,
    case when :from = date '0001-01-01' then 30 else date_diff('day', :from, last_date) + 1 end as days
  from newest
)
select
  order_date,
  category,
  amount,
  expected,
  amount - expected as difference,
  deviation,
  direction
from gold_sales_anomalies
cross join span
where direction in ('spike', 'drop')
  and date_diff('day', order_date, last_date) >= 0
  and date_diff('day', order_date, last_date) < days
order by order_date desc, abs(deviation) desc, category
