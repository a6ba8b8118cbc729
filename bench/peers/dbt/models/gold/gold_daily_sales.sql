with product_days as (
  select
    order_date,
    product_id,
    count(distinct order_no) as orders,
    cast(sum(quantity) as bigint) as units,
    cast(sum(line_amount) as decimal(18,2)) as amount
  from {{ ref("int_order_items") }}
  where status <> 'cancelled'
  group by order_date, product_id
)
select
  product_days.order_date,
  products.category,
  product_days.product_id,
  products.name as product_name,
  product_days.orders,
  product_days.units,
  product_days.amount
from product_days
inner join {{ ref("silver_products") }} as products on products.product_id = product_days.product_id
