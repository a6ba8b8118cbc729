-- Which products are bought together more often than chance would have it?
-- A row is a pair of products, the highest lift first. Cancelled orders don't count, nor do orders of more than
-- `max_products` products: the number of pairs grows with the square.
-- Reads: silver_orders, silver_order_items, silver_products.
-- Parameters:
-- :from date = 0001-01-01    first order date; by default 89 days before the last one
-- :to   date = 9999-12-31    last order date; at most the newest one in the lake
-- :min_orders   int = 5      orders that hold both products, at least
-- :max_products int = 50     different products in an order, at most
-- :top          int = 50     number of pairs
-- Columns:
-- product_a (text): a product
-- name_a (text): its name
-- product_b (text): the other product
-- name_b (text): its name
-- orders_together (orders): orders with both
-- orders_a (orders): orders with the first
-- orders_b (orders): orders with the second
-- percent_support (%): orders with both ÷ all orders
-- percent_confidence_a_b (%): orders with both ÷ orders with the first
-- percent_confidence_b_a (%): orders with both ÷ orders with the second
-- lift (ratio): how many times more often they occur together than two independent products would; 1 is chance
-- Half-up to 2 places, with the same digits on every engine: (n - mod(n, d)) / d is a quotient of whole numbers.
with newest as (
  select least(:to, max(order_date)) as last_date
  from silver_orders
),
span as (
  select
    last_date,
    case when :from = date '0001-01-01' then 90 else date_diff('day', :from, last_date) + 1 end as days
  from newest
),
counting_orders as (
  select order_id, order_date
  from silver_orders
  cross join span
  where status <> 'cancelled'
    and date_diff('day', order_date, last_date) >= 0
    and date_diff('day', order_date, last_date) < days
),
lines as (
  select distinct silver_order_items.order_id, silver_order_items.product_id
  from silver_order_items
  inner join counting_orders
    on counting_orders.order_id = silver_order_items.order_id
    and counting_orders.order_date = silver_order_items.order_date
),
baskets as (
  select order_id
  from lines
  group by order_id
  having count(*) <= :max_products
),
basket_lines as (
  select lines.order_id, lines.product_id
  from lines
  inner join baskets on baskets.order_id = lines.order_id
),
-- No pair is in more orders than either of its products.
frequent_products as (
  select product_id, count(*) as orders
  from basket_lines
  group by product_id
  having count(*) >= :min_orders
),
frequent_lines as (
  select basket_lines.order_id, basket_lines.product_id
  from basket_lines
  inner join frequent_products on frequent_products.product_id = basket_lines.product_id
),
pairs as (
  select
    one.product_id as product_a,
    other.product_id as product_b,
    count(*) as orders_together
  from frequent_lines as one
  inner join frequent_lines as other
    on other.order_id = one.order_id
    and other.product_id > one.product_id
  group by one.product_id, other.product_id
  having count(*) >= :min_orders
),
all_baskets as (
  select count(*) as orders
  from baskets
),
measures as (
  select
    pairs.product_a,
    pairs.product_b,
    pairs.orders_together,
    product_a.orders as orders_a,
    product_b.orders as orders_b,
    all_baskets.orders as all_orders,
    cast(pairs.orders_together as decimal(38,0)) * all_baskets.orders as together_of_all,
    cast(product_a.orders as decimal(38,0)) * product_b.orders as a_of_b
  from pairs
  inner join frequent_products as product_a on product_a.product_id = pairs.product_a
  inner join frequent_products as product_b on product_b.product_id = pairs.product_b
  cross join all_baskets
),
lifts as (
  select
    product_a,
    product_b,
    orders_together,
    orders_a,
    orders_b,
    cast(
      (20000 * orders_together + all_orders - mod(20000 * orders_together + all_orders, nullif(2 * all_orders, 0)))
        / nullif(2 * all_orders, 0) * 0.01
      as decimal(5,2)
    ) as percent_support,
    cast(
      (20000 * orders_together + orders_a - mod(20000 * orders_together + orders_a, nullif(2 * orders_a, 0)))
        / nullif(2 * orders_a, 0) * 0.01
      as decimal(5,2)
    ) as percent_confidence_a_b,
    cast(
      (20000 * orders_together + orders_b - mod(20000 * orders_together + orders_b, nullif(2 * orders_b, 0)))
        / nullif(2 * orders_b, 0) * 0.01
      as decimal(5,2)
    ) as percent_confidence_b_a,
    cast(
      (200 * together_of_all + a_of_b - mod(200 * together_of_all + a_of_b, nullif(2 * a_of_b, 0)))
        / nullif(2 * a_of_b, 0) * 0.01
      as decimal(18,2)
    ) as lift
  from measures
),
ranked as (
  select
    lifts.*,
    row_number() over (order by lift desc, orders_together desc, product_a, product_b) as place
  from lifts
)
select
  product_a,
  one.name as name_a,
  product_b,
  other.name as name_b,
  orders_together,
  orders_a,
  orders_b,
  percent_support,
  percent_confidence_a_b,
  percent_confidence_b_a,
  lift
from ranked
inner join silver_products as one on one.product_id = ranked.product_a
inner join silver_products as other on other.product_id = ranked.product_b
where place <= :top
order by place
