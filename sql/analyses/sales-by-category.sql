-- How much does each category sell, and does it grow or shrink against the range before?
-- A row is one category that sold in the range or in the range before, the one with the most revenue first.
-- The range before is as long, and ends on the day before this one begins.
-- Reads: gold_daily_sales.
-- Parameters:
-- :from date = 0001-01-01   first order date; by default 29 days before the last one
-- :to   date = 9999-12-31   last order date; at most the newest one in the lake
-- Columns:
-- category (text): the category
-- units (units): units sold in the range
-- revenue (money): sum of quantity × unit price in the range
-- percent_of_revenue (%): share of all revenue of the range
-- units_before (units): units sold in the range before
-- revenue_before (money): revenue of the range before
-- percent_growth (%): change of revenue from the range before; null if that has none
-- first_date (date): first day of the range
-- last_date (date): last day of the range
-- Half-up to 2 places, with the same digits on every engine: (n - mod(n, d)) / d is a quotient of whole numbers.
with newest as (
  select least(:to, max(order_date)) as last_date
  from gold_daily_sales
),
span as (
  select
    last_date,
    case when :from = date '0001-01-01' then 30 else date_diff('day', :from, last_date) + 1 end as days
  from newest
),
days_ago as (
  select
    category,
    orders,
    units,
    amount,
    date_diff('day', gold_daily_sales.order_date, span.last_date) as days_ago,
    span.days,
    span.last_date
  from gold_daily_sales
  cross join span
),
totals as (
  select
    category,
    cast(sum(case when days_ago < days then orders else 0 end) as bigint) as orders,
    cast(sum(case when days_ago < days then units else 0 end) as bigint) as units,
    cast(sum(case when days_ago < days then amount else 0 end) as decimal(38,2)) as revenue,
    cast(sum(case when days_ago >= days then units else 0 end) as bigint) as units_before,
    cast(sum(case when days_ago >= days then amount else 0 end) as decimal(38,2)) as revenue_before,
    min(days) as days,
    min(last_date) as last_date
  from days_ago
  where days_ago >= 0 and days_ago < 2 * days
  group by
    category
),
cents as (
  select
    category,
    orders,
    units,
    revenue,
    units_before,
    revenue_before,
    cast(100 * revenue as decimal(38,0)) as cents,
    cast(100 * sum(revenue) over () as decimal(38,0)) as all_cents,
    cast(100 * revenue_before as decimal(38,0)) as cents_before,
    cast(100 * abs(revenue - revenue_before) as decimal(38,0)) as change,
    case when revenue < revenue_before then -0.01 else 0.01 end as hundredth,
    cast(last_date - (days - 1) * interval '1' day as date) as first_date,
    last_date
  from totals
)
select
  category,
  units,
  revenue,
  cast(
    (20000 * cents + all_cents - mod(20000 * cents + all_cents, nullif(2 * all_cents, 0)))
      / nullif(2 * all_cents, 0) * 0.01
    as decimal(5,2)
  ) as percent_of_revenue,
  units_before,
  revenue_before,
  cast(
    (20000 * change + cents_before - mod(20000 * change + cents_before, nullif(2 * cents_before, 0)))
      / nullif(2 * cents_before, 0) * hundredth
    as decimal(18,2)
  ) as percent_growth,
  first_date,
  last_date
from cents
order by revenue desc, revenue_before desc, category
