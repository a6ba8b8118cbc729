-- How much revenue does each category bring, and what share of the total is that?
-- A row is one category, the strongest first.
-- Reads: gold_daily_sales.
-- Parameters:
-- :from date = 0001-01-01   first order date
-- :to   date = 9999-12-31   last order date
-- Columns:
-- category (text): the category
-- units (units): units sold
-- revenue (money): sum of quantity × unit price
-- percent_of_revenue (%): share of the revenue of all categories
-- Half-up to 2 places, with the same digits on every engine: (n - mod(n, d)) / d is a quotient of whole numbers.
with by_category as (
  select
    category,
    cast(sum(units) as bigint) as units,
    sum(amount) as revenue
  from gold_daily_sales
  where order_date between :from and :to
  group by category
),
shares as (
  select
    category,
    units,
    revenue,
    cast(100 * revenue as decimal(38,0)) as cents,
    cast(100 * sum(revenue) over () as decimal(38,0)) as all_cents
  from by_category
)
select
  category,
  units,
  revenue,
  cast(
    (20000 * cents + all_cents - mod(20000 * cents + all_cents, nullif(2 * all_cents, 0)))
      / nullif(2 * all_cents, 0) * 0.01
    as decimal(5,2)
  ) as percent_of_revenue
from shares
order by revenue desc, category
