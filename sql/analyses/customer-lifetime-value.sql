-- Who are the most valuable 10 % of customers, and what share of revenue do they bring?
-- A row is one customer of the top 10 %, the most valuable first.
-- Reads: gold_customer_value.
-- Parameters:
-- :min_orders int = 1   minimum number of orders
-- Columns:
-- revenue_rank (rank): 1 is the customer with the most revenue; equal customers share a rank
-- user_id (text): the customer
-- orders (orders): orders that are not cancelled
-- revenue (money): sum of their amounts
-- avg_order_value (money): revenue ÷ orders
-- first_order_date (date): date of the first order
-- last_order_date (date): date of the last order
-- percent_of_revenue (%): share of the revenue of all customers
-- Half-up to 2 places, with the same digits on every engine: (n - mod(n, d)) / d is a quotient of whole numbers.
with all_customers as (
  select
    cast(100 * sum(revenue) as decimal(38,0)) as all_cents
  from gold_customer_value
),
top_customers as (
  select
    revenue_rank,
    user_id,
    orders,
    revenue,
    avg_order_value,
    first_order_date,
    last_order_date,
    cast(100 * cast(revenue as decimal(38,2)) as decimal(38,0)) as cents,
    all_cents
  from gold_customer_value
  cross join all_customers
  where is_top_decile
    and orders >= :min_orders
)
select
  revenue_rank,
  user_id,
  orders,
  revenue,
  avg_order_value,
  first_order_date,
  last_order_date,
  cast(
    (20000 * cents + all_cents - mod(20000 * cents + all_cents, nullif(2 * all_cents, 0)))
      / nullif(2 * all_cents, 0) * 0.01
    as decimal(5,2)
  ) as percent_of_revenue
from top_customers
order by revenue_rank, user_id
