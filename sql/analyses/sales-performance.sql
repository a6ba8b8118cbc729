-- Which products drive revenue, and what share do the top products bring together?
-- A row is one product, the best seller first.
-- Reads: gold_daily_sales.
-- Parameters:
-- :from date = 0001-01-01   first order date
-- :to   date = 9999-12-31   last order date
-- :top  int  = 20           number of products
-- Columns:
-- place (rank): 1 is the product with the most revenue
-- product_id (text): the product
-- product_name (text): its current name
-- category (text): its current category
-- orders (orders): orders with the product
-- units (units): units sold
-- revenue (money): sum of quantity × unit price
-- percent_of_revenue (%): share of the revenue of all products
-- percent_so_far (%): share of this product and all above it together
-- Half-up to 2 places, with the same digits on every engine: (n - mod(n, d)) / d is a quotient of whole numbers.
with by_product as (
  select
    product_id,
    product_name,
    category,
    cast(sum(orders) as bigint) as orders,
    cast(sum(units) as bigint) as units,
    sum(amount) as revenue
  from gold_daily_sales
  where order_date between :from and :to
  group by product_id, product_name, category
),
ranked as (
  select
    row_number() over (order by revenue desc, product_id) as place,
    product_id,
    product_name,
    category,
    orders,
    units,
    revenue,
    cast(100 * revenue as decimal(38,0)) as cents,
    cast(100 * sum(revenue) over (order by revenue desc, product_id rows unbounded preceding) as decimal(38,0)) as cents_so_far,
    cast(100 * sum(revenue) over () as decimal(38,0)) as all_cents
  from by_product
)
select
  place,
  product_id,
  product_name,
  category,
  orders,
  units,
  revenue,
  cast(
    (20000 * cents + all_cents - mod(20000 * cents + all_cents, nullif(2 * all_cents, 0)))
      / nullif(2 * all_cents, 0) * 0.01
    as decimal(5,2)
  ) as percent_of_revenue,
  cast(
    (20000 * cents_so_far + all_cents - mod(20000 * cents_so_far + all_cents, nullif(2 * all_cents, 0)))
      / nullif(2 * all_cents, 0) * 0.01
    as decimal(5,2)
  ) as percent_so_far
from ranked
where place <= :top
order by place
