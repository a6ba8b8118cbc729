-- How does the revenue of the strongest categories develop from day to day?
-- A row is one category on one day with sales, the strongest category first, then the oldest day. All categories after
-- the first `top` count as one, without a name.
-- Reads: gold_daily_sales.
-- Parameters:
-- :from date = 0001-01-01   first order date
-- :to   date = 9999-12-31   last order date
-- :top  int  = 8            number of categories with a name
-- Columns:
-- place (rank): 1 is the category with the most revenue in the range
-- category (text): the category; null for all others together
-- order_date (date): the day
-- units (units): units sold
-- revenue (money): sum of quantity × unit price
-- category_revenue (money): revenue of the category in the whole range
-- percent_of_revenue (%): share of the category in the revenue of the range
-- Half-up to 2 places, with the same digits on every engine: (n - mod(n, d)) / d is a quotient of whole numbers.
with by_day as (
  select
    category,
    order_date,
    sum(units) as units,
    sum(amount) as revenue
  from gold_daily_sales
  where order_date between :from and :to
  group by category, order_date
),
ranked as (
  select
    category,
    row_number() over (order by sum(revenue) desc, category) as place
  from by_day
  group by category
),
by_place as (
  select
    least(ranked.place, :top + 1) as place,
    case when ranked.place <= :top then by_day.category end as category,
    by_day.order_date,
    sum(by_day.units) as units,
    sum(by_day.revenue) as revenue
  from by_day
  inner join ranked on ranked.category = by_day.category
  group by least(ranked.place, :top + 1), case when ranked.place <= :top then by_day.category end, by_day.order_date
),
cents as (
  select
    place,
    category,
    order_date,
    units,
    revenue,
    sum(revenue) over (partition by place) as category_revenue,
    cast(100 * sum(revenue) over (partition by place) as decimal(38,0)) as cents,
    cast(100 * sum(revenue) over () as decimal(38,0)) as all_cents
  from by_place
)
select
  place,
  category,
  order_date,
  cast(units as bigint) as units,
  cast(revenue as decimal(38,2)) as revenue,
  cast(category_revenue as decimal(38,2)) as category_revenue,
  cast(
    (20000 * cents + all_cents - mod(20000 * cents + all_cents, nullif(2 * all_cents, 0)))
      / nullif(2 * all_cents, 0) * 0.01
    as decimal(5,2)
  ) as percent_of_revenue
from cents
order by place, order_date
