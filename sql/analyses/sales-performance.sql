-- Which products drive revenue, and what share do the top products bring together?
-- A row is one product, the best seller first.
-- Reads: gold_daily_sales.
-- Parameters:
-- :from date = 0001-01-01   first order date
-- :to   date = 9999-12-31   last order date
-- :top  int  = 20           number of products
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
    cast(sum(revenue) over (order by revenue desc, product_id rows unbounded preceding) as double) as revenue_so_far,
    cast(sum(revenue) over () as double) as revenue_of_all
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
  cast(100 * cast(revenue as double) / nullif(revenue_of_all, 0) as decimal(5,2)) as percent_of_revenue,
  cast(100 * revenue_so_far / nullif(revenue_of_all, 0) as decimal(5,2)) as percent_so_far
from ranked
where place <= :top
order by place
