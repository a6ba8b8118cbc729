-- How much revenue does each category bring, and what share of the total is that?
-- A row is one category, the strongest first.
-- Reads: gold_daily_sales.
-- Parameters:
-- :from date = 0001-01-01   first order date
-- :to   date = 9999-12-31   last order date
with by_category as (
  select
    category,
    cast(sum(units) as bigint) as units,
    sum(amount) as revenue
  from gold_daily_sales
  where order_date between :from and :to
  group by category
)
select
  category,
  units,
  revenue,
  cast(100 * cast(revenue as double) / nullif(cast(sum(revenue) over () as double), 0) as decimal(5,2)) as percent_of_revenue
from by_category
order by revenue desc, category
