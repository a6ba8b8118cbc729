-- A row is a product's funnel from view to purchase on a date; an event of any type makes a row.
-- Inputs: user_product_interactions, products.
-- The ratios are rounded half-up in whole numbers: see category-kpis.sql.
with product_days as (
  select
    event_date,
    product_id,
    cast(sum(views) as bigint) as views,
    cast(sum(carts) as bigint) as carts,
    cast(sum(purchases) as bigint) as purchases
  from user_product_interactions
  group by event_date, product_id
),
fractions as (
  select
    event_date,
    product_id,
    views,
    carts,
    purchases,
    2 * 10000 * carts + views as view_to_cart,
    nullif(2 * views, 0) as twice_views,
    2 * 10000 * purchases + carts as cart_to_purchase,
    nullif(2 * carts, 0) as twice_carts
  from product_days
)
select
  fractions.event_date,
  coalesce(products.category, '(unknown)') as category,
  fractions.product_id,
  fractions.views,
  fractions.carts,
  fractions.purchases,
  cast(cast((view_to_cart - mod(view_to_cart, twice_views)) / twice_views as bigint) * 0.0001 as decimal(18,4))
    as view_to_cart,
  cast(
    cast((cart_to_purchase - mod(cart_to_purchase, twice_carts)) / twice_carts as bigint) * 0.0001
    as decimal(18,4)
  ) as cart_to_purchase
from fractions
left join products on products.product_id = fractions.product_id
