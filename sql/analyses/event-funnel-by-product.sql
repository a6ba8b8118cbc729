-- Where do visitors of each product drop out between view, cart and purchase?
-- A row is one product with events in the range, the one with the most views first.
-- Reads: gold_event_funnel, silver_products.
-- Parameters:
-- :from date = 0001-01-01   first event date; by default 29 days before the last one
-- :to   date = 9999-12-31   last event date; at most the newest one in the lake
-- :top  int  = 20           number of products
-- Columns:
-- place (rank): 1 is the product with the most views
-- product_id (text): the product
-- product_name (text): its name; null for an unknown product
-- category (text): its category; `(unknown)` for an unknown product
-- views (events): product views
-- carts (events): times put into a cart
-- purchases (events): purchases
-- percent_view_to_cart (%): carts ÷ views; null without views
-- percent_cart_to_purchase (%): purchases ÷ carts; null without carts
-- percent_view_to_purchase (%): purchases ÷ views; null without views
-- Half-up to 2 places, with the same digits on every engine: (n - mod(n, d)) / d is a quotient of whole numbers.
with newest as (
  select least(:to, max(event_date)) as last_date
  from gold_event_funnel
),
span as (
  select
    last_date,
    case when :from = date '0001-01-01' then 30 else date_diff('day', :from, last_date) + 1 end as days
  from newest
),
totals as (
  select
    product_id,
    category,
    cast(sum(views) as bigint) as views,
    cast(sum(carts) as bigint) as carts,
    cast(sum(purchases) as bigint) as purchases
  from gold_event_funnel
  cross join span
  where date_diff('day', event_date, last_date) >= 0
    and date_diff('day', event_date, last_date) < days
  group by
    product_id,
    category
),
ranked as (
  select
    row_number() over (order by views desc, carts desc, purchases desc, totals.product_id) as place,
    totals.product_id,
    silver_products.name as product_name,
    totals.category,
    views,
    carts,
    purchases
  from totals
  left join silver_products on silver_products.product_id = totals.product_id
)
select
  place,
  product_id,
  product_name,
  category,
  views,
  carts,
  purchases,
  cast(
    (20000 * carts + views - mod(20000 * carts + views, nullif(2 * views, 0)))
      / nullif(2 * views, 0) * 0.01
    as decimal(18,2)
  ) as percent_view_to_cart,
  cast(
    (20000 * purchases + carts - mod(20000 * purchases + carts, nullif(2 * carts, 0)))
      / nullif(2 * carts, 0) * 0.01
    as decimal(18,2)
  ) as percent_cart_to_purchase,
  cast(
    (20000 * purchases + views - mod(20000 * purchases + views, nullif(2 * views, 0)))
      / nullif(2 * views, 0) * 0.01
    as decimal(18,2)
  ) as percent_view_to_purchase
from ranked
where place <= :top
order by place
