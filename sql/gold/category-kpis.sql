-- A row is the KPIs of a category on a date on which it sold. An order with two lines of a category counts once.
-- Inputs: counting_lines, numbered_products.
-- Rounding: a ÷ b half-up is (2a + b) div 2b in whole numbers. The remainder is subtracted before the division, so the
-- quotient is whole and exact even on an engine that divides in floating point. That holds below 2^53, so a quotient of
-- amounts is computed in two parts: billions, then ones.
-- Overflow: amounts have 38 digits, so no sum overflows. Whether an amount fits its column is checked before it is
-- stored; one that doesn't has no average here.
with category_days as (
  select
    order_date,
    category_no,
    count(distinct order_no) as orders,
    cast(sum(line_amount) as decimal(38,2)) as revenue
  from counting_lines
  group by order_date, category_no
),
return_days as (
  select order_date, category_no, count(distinct order_no) as returned
  from counting_lines
  where is_returned
  group by order_date, category_no
),
fractions as (
  select
    category_days.order_date,
    category_days.category_no,
    category_days.revenue,
    case
      when category_days.revenue < 10000000000000000
        then cast(200 * category_days.revenue as bigint) + category_days.orders
    end as cents_an_order,
    2 * 1000000 * coalesce(return_days.returned, 0) + category_days.orders as return_rate,
    2 * category_days.orders as twice_orders,
    2000000000 * category_days.orders as billion_times_twice_orders
  from category_days
  left join return_days
    on return_days.order_date = category_days.order_date and return_days.category_no = category_days.category_no
),
quotients as (
  select
    order_date,
    category_no,
    revenue,
    cast(
      (cents_an_order - mod(cents_an_order, billion_times_twice_orders)) / billion_times_twice_orders
      as bigint
    ) as billions,
    cast(
      (mod(cents_an_order, billion_times_twice_orders) - mod(cents_an_order, twice_orders)) / twice_orders
      as bigint
    ) as ones,
    cast((return_rate - mod(return_rate, twice_orders)) / twice_orders as bigint) as ten_thousandths
  from fractions
),
categories as (
  select distinct category_no, category
  from numbered_products
)
select
  quotients.order_date,
  categories.category,
  quotients.revenue as daily_revenue,
  cast((quotients.billions * 1000000000 + quotients.ones) * 0.01 as decimal(18,2)) as avg_order_value,
  cast(quotients.ten_thousandths * 0.0001 as decimal(18,4)) as avg_return_rate
from quotients
inner join categories on categories.category_no = quotients.category_no
