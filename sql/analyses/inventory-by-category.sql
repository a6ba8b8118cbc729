-- How long does the stock of each category last, and how many of its products run out, run low or lie idle?
-- A row is one category, the one that runs out first on top; products without a stock figure count only as `unknown`.
-- Reads: gold_inventory_health.
-- Columns:
-- category (text): the category
-- products (products): products of the category
-- stock (units): units in stock
-- units_30d (units): units sold in the 30 days up to the newest order date, of products with a stock figure
-- days_of_cover (days): stock ÷ daily sales of the 30 days, to 1 place; null if nothing is sold
-- products_out (products): products without stock
-- products_low (products): products whose stock lasts less than 7 days
-- products_ok (products): products whose stock lasts 7 to 60 days
-- products_over (products): products whose stock lasts more than 60 days
-- products_idle (products): products in stock of which nothing was sold
-- products_unknown (products): products without a stock figure
-- Half-up to 1 place, with the same digits on every engine: (n - mod(n, d)) / d is a quotient of whole numbers.
with by_category as (
  select
    category,
    count(*) as products,
    cast(sum(coalesce(current_stock, 0)) as bigint) as stock,
    cast(sum(case when current_stock is null then 0 else units_30d end) as bigint) as units_30d,
    count(case when status = 'out' then 1 end) as products_out,
    count(case when status = 'low' then 1 end) as products_low,
    count(case when status = 'ok' then 1 end) as products_ok,
    count(case when status = 'over' then 1 end) as products_over,
    count(case when status = 'idle' then 1 end) as products_idle,
    count(case when status = 'unknown' then 1 end) as products_unknown
  from gold_inventory_health
  group by category
),
covers as (
  select
    category,
    products,
    stock,
    units_30d,
    cast(
      (600 * stock + units_30d - mod(600 * stock + units_30d, nullif(2 * units_30d, 0)))
        / nullif(2 * units_30d, 0) * 0.1
      as decimal(18,1)
    ) as days_of_cover,
    products_out,
    products_low,
    products_ok,
    products_over,
    products_idle,
    products_unknown
  from by_category
)
select
  category,
  products,
  stock,
  units_30d,
  days_of_cover,
  products_out,
  products_low,
  products_ok,
  products_over,
  products_idle,
  products_unknown
from covers
order by days_of_cover nulls last, category
