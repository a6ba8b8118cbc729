-- A row is what a product sold on a date, under its current name and category.
-- Inputs: counting_lines, counting_products, numbered_products. Amounts have 38 digits: see category-kpis.sql.
with product_days as (
  select
    order_date,
    product_no,
    sum(quantity) as units,
    sum(line_amount) as amount
  from counting_lines
  group by order_date, product_no
)
select
  product_days.order_date,
  numbered_products.category,
  numbered_products.product_id,
  numbered_products.name as product_name,
  counting_products.orders,
  cast(product_days.units as bigint) as units,
  cast(product_days.amount as decimal(38,2)) as amount
from product_days
inner join counting_products
  on counting_products.order_date = product_days.order_date and counting_products.product_no = product_days.product_no
inner join numbered_products on numbered_products.product_no = product_days.product_no
