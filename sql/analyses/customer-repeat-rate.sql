-- What share of customers orders again, and how much revenue do they bring?
-- A row is the customers with the same number of orders, the fewest first; `most` or more count as one.
-- Reads: gold_customer_value.
-- Parameters:
-- :most int = 5   number of orders from which customers count as one group
-- Columns:
-- orders_placed (orders): orders of each customer; the last group has at least as many
-- customers (customers): customers with so many orders
-- percent_of_customers (%): share of all customers
-- percent_with_so_many (%): share of all customers with so many orders or more; for 2 orders this is the repeat rate
-- revenue (money): revenue of these customers
-- percent_of_revenue (%): share of the revenue of all customers
-- avg_revenue (money): revenue ÷ customers
-- Half-up to 2 places, with the same digits on every engine: (n - mod(n, d)) / d is a quotient of whole numbers.
with by_orders as (
  select
    least(orders, :most) as orders_placed,
    count(*) as customers,
    cast(sum(revenue) as decimal(38,2)) as revenue
  from gold_customer_value
  group by least(orders, :most)
),
totals as (
  select
    orders_placed,
    customers,
    cast(sum(customers) over () as bigint) as all_customers,
    cast(sum(customers) over (order by orders_placed desc rows unbounded preceding) as bigint) as customers_from_here,
    revenue,
    cast(100 * revenue as decimal(38,0)) as cents,
    cast(100 * sum(revenue) over () as decimal(38,0)) as all_cents
  from by_orders
)
select
  orders_placed,
  customers,
  cast(
    (20000 * customers + all_customers - mod(20000 * customers + all_customers, nullif(2 * all_customers, 0)))
      / nullif(2 * all_customers, 0) * 0.01
    as decimal(5,2)
  ) as percent_of_customers,
  cast(
    (20000 * customers_from_here + all_customers - mod(20000 * customers_from_here + all_customers, nullif(2 * all_customers, 0)))
      / nullif(2 * all_customers, 0) * 0.01
    as decimal(5,2)
  ) as percent_with_so_many,
  revenue,
  cast(
    (20000 * cents + all_cents - mod(20000 * cents + all_cents, nullif(2 * all_cents, 0)))
      / nullif(2 * all_cents, 0) * 0.01
    as decimal(5,2)
  ) as percent_of_revenue,
  cast(
    (2 * cents + customers - mod(2 * cents + customers, nullif(2 * customers, 0)))
      / nullif(2 * customers, 0) * 0.01
    as decimal(18,2)
  ) as avg_revenue
from totals
order by orders_placed
