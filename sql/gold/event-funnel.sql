-- A row is a product's funnel from view to purchase on a date; an event of any type makes a row.
-- Inputs: user_product_interactions, products.
with product_days as (
  select
    event_date,
    product_id,
    cast(sum(views) as bigint) as views,
    cast(sum(carts) as bigint) as carts,
    cast(sum(purchases) as bigint) as purchases
  from user_product_interactions
  group by event_date, product_id
)
select
  product_days.event_date,
  coalesce(products.category, '(unknown)') as category,
  product_days.product_id,
  product_days.views,
  product_days.carts,
  product_days.purchases,
  cast({half_up(10000 * carts, views)} * 0.0001 as decimal(18,4)) as view_to_cart,
  cast({half_up(10000 * purchases, carts)} * 0.0001 as decimal(18,4)) as cart_to_purchase
from product_days
left join products on products.product_id = product_days.product_id
