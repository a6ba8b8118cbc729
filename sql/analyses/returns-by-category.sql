-- Which categories come back most often, and how much revenue do the returns take?
-- A row is one category, the highest return rate first. An order is returned as a whole; cancelled orders don't count.
-- Reads: silver_orders, silver_order_items, silver_products.
-- Parameters:
-- :from date = 0001-01-01   first order date; by default 29 days before the last one
-- :to   date = 9999-12-31   last order date; at most the newest one in the lake
-- Columns:
-- category (text): the category
-- orders (orders): orders with a product of the category
-- returned_orders (orders): those that were returned
-- percent_returned (%): returned orders ÷ orders
-- units (units): units sold
-- returned_units (units): units of returned orders
-- revenue (money): sum of quantity × unit price, returned orders included
-- returned_revenue (money): the part in returned orders
-- percent_of_returns (%): share of the returned revenue of all categories
-- Half-up to 2 places, with the same digits on every engine: (n - mod(n, d)) / d is a quotient of whole numbers.
with newest as (
  select least(:to, max(order_date)) as last_date
  from silver_orders
),
span as (
  select
    last_date,
    case when :from = date '0001-01-01' then 30 else date_diff('day', :from, last_date) + 1 end as days
  from newest
),
counting_orders as (
  select
    order_id,
    order_date,
    status = 'returned' as is_returned
  from silver_orders
  cross join span
  where status <> 'cancelled'
    and date_diff('day', order_date, last_date) >= 0
    and date_diff('day', order_date, last_date) < days
),
lines as (
  select
    silver_products.category,
    counting_orders.order_id,
    counting_orders.is_returned,
    silver_order_items.quantity,
    silver_order_items.line_amount
  from silver_order_items
  inner join counting_orders
    on counting_orders.order_id = silver_order_items.order_id
    and counting_orders.order_date = silver_order_items.order_date
  inner join silver_products on silver_products.product_id = silver_order_items.product_id
),
by_category as (
  select
    category,
    count(distinct order_id) as orders,
    count(distinct case when is_returned then order_id end) as returned_orders,
    cast(sum(quantity) as bigint) as units,
    cast(sum(case when is_returned then quantity else 0 end) as bigint) as returned_units,
    cast(sum(line_amount) as decimal(38,2)) as revenue,
    cast(sum(case when is_returned then line_amount else 0 end) as decimal(38,2)) as returned_revenue
  from lines
  group by category
),
rates as (
  select
    category,
    orders,
    returned_orders,
    cast(
      (20000 * returned_orders + orders - mod(20000 * returned_orders + orders, nullif(2 * orders, 0)))
        / nullif(2 * orders, 0) * 0.01
      as decimal(5,2)
    ) as percent_returned,
    units,
    returned_units,
    revenue,
    returned_revenue,
    cast(100 * returned_revenue as decimal(38,0)) as cents,
    cast(100 * sum(returned_revenue) over () as decimal(38,0)) as all_cents
  from by_category
)
select
  category,
  orders,
  returned_orders,
  percent_returned,
  units,
  returned_units,
  revenue,
  returned_revenue,
  cast(
    (20000 * cents + all_cents - mod(20000 * cents + all_cents, nullif(2 * all_cents, 0)))
      / nullif(2 * all_cents, 0) * 0.01
    as decimal(5,2)
  ) as percent_of_returns
from rates
order by percent_returned desc, returned_revenue desc, category
