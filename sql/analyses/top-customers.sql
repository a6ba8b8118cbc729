-- Which customers bring the most revenue in a range of dates?
-- A row is one customer who ordered in the range, the one with the most revenue first.
-- Reads: gold_customer_daily, gold_customer_value.
-- Parameters:
-- :from date = 0001-01-01   first order date
-- :to   date = 9999-12-31   last order date
-- :top  int  = 20           number of customers
-- Columns:
-- place (rank): 1 is the customer with the most revenue
-- user_id (text): the customer
-- orders (orders): the customer's orders in the range
-- revenue (money): the customer's revenue in the range
-- percent_of_revenue (%): share of the revenue of all customers in the range
-- first_order_date (date): the date of the customer's first order ever
-- Half-up to 2 places, with the same digits on every engine: (n - mod(n, d)) / d is a quotient of whole numbers.
with by_customer as (
  select
    user_id,
    cast(sum(orders) as bigint) as orders,
    sum(revenue) as revenue
  from gold_customer_daily
  where order_date between :from and :to
  group by user_id
),
ranked as (
  select
    row_number() over (order by revenue desc, user_id) as place,
    user_id,
    orders,
    revenue,
    cast(100 * revenue as decimal(38,0)) as cents,
    cast(100 * sum(revenue) over () as decimal(38,0)) as all_cents
  from by_customer
)
select
  ranked.place,
  ranked.user_id,
  ranked.orders,
  cast(ranked.revenue as decimal(38,2)) as revenue,
  cast(
    (20000 * ranked.cents + ranked.all_cents - mod(20000 * ranked.cents + ranked.all_cents, nullif(2 * ranked.all_cents, 0)))
      / nullif(2 * ranked.all_cents, 0) * 0.01
    as decimal(5,2)
  ) as percent_of_revenue,
  gold_customer_value.first_order_date
from ranked
left join gold_customer_value on gold_customer_value.user_id = ranked.user_id
where ranked.place <= :top
order by ranked.place
