-- A row is the KPIs of a category on a date on which it sold. An order with two lines of a category counts once.
-- Inputs: counting_lines, counting_products, numbered_products.
-- Amounts have 38 digits, so no sum overflows. Whether an amount fits its column is checked before it is stored; one
-- that doesn't has no average here.
with category_days as (
  select
    order_date,
    category_no,
    cast(sum(line_amount) as decimal(38,2)) as revenue
  from counting_lines
  group by order_date, category_no
),
order_days as (
  select
    order_date,
    category_no,
    cast(sum(first_of_category) as bigint) as orders,
    cast(sum(returned_first_of_category) as bigint) as returned
  from counting_products
  group by order_date, category_no
),
fractions as (
  select
    category_days.order_date,
    category_days.category_no,
    category_days.revenue,
    case when category_days.revenue < 10000000000000000 then cast(100 * category_days.revenue as bigint) end as cents,
    order_days.returned,
    order_days.orders
  from category_days
  inner join order_days
    on order_days.order_date = category_days.order_date and order_days.category_no = category_days.category_no
),
categories as (
  select distinct category_no, category
  from numbered_products
)
select
  fractions.order_date,
  categories.category,
  fractions.revenue as daily_revenue,
  cast({half_up(cents, orders)} * 0.01 as decimal(18,2)) as avg_order_value,
  cast({half_up(1000000 * returned, orders)} * 0.0001 as decimal(18,4)) as avg_return_rate
from fractions
inner join categories on categories.category_no = fractions.category_no
