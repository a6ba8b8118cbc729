-- How does the shop do in a range of dates, compared with the range before?
-- A row is one measure, in the order in which a report shows them. There is always a row of each.
-- The range before is as long, and ends on the day before this one begins.
-- Reads: gold_order_kpis, gold_customer_daily.
-- Parameters:
-- :from date = 0001-01-01   first order date; by default 29 days before the last one
-- :to   date = 9999-12-31   last order date; at most the newest one in the lake
-- Columns:
-- place (rank): the order of the measures
-- measure (text): `revenue`, `orders`, `avg_order_value`, `units`, `customers` or `percent_returned`
-- value (number): its value in the range; null if nothing was ordered and it is an average
-- value_before (number): its value in the range before
-- percent_growth (%): change from the range before; null if that is 0 or unknown
-- The rate of returns is the mean of the days' rates, weighted by their orders.
-- Half-up to 2 places, with the same digits on every engine: (n - mod(n, d)) / d is a quotient of whole numbers.
with newest as (
  select least(:to, max(order_date)) as last_date
  from gold_order_kpis
),
span as (
  select
    last_date,
    case when :from = date '0001-01-01' then 30 else date_diff('day', :from, last_date) + 1 end as days
  from newest
),
order_days as (
  select
    case when date_diff('day', order_date, span.last_date) < span.days then 1 else 0 end as is_now,
    total_orders,
    cast(100 * total_revenue as decimal(38,0)) as cents,
    total_items_sold,
    cast(10000 * return_rate as decimal(38,0)) * total_orders as weighted_rate
  from gold_order_kpis
  cross join span
  where date_diff('day', order_date, span.last_date) between 0 and 2 * span.days - 1
),
order_sums as (
  select
    coalesce(sum(case when is_now = 1 then cents end), 0) as cents,
    coalesce(sum(case when is_now = 0 then cents end), 0) as cents_before,
    cast(coalesce(sum(case when is_now = 1 then total_orders end), 0) as bigint) as orders,
    cast(coalesce(sum(case when is_now = 0 then total_orders end), 0) as bigint) as orders_before,
    coalesce(sum(case when is_now = 1 then total_items_sold end), 0) as units,
    coalesce(sum(case when is_now = 0 then total_items_sold end), 0) as units_before,
    coalesce(sum(case when is_now = 1 then weighted_rate end), 0) as weighted_rate,
    coalesce(sum(case when is_now = 0 then weighted_rate end), 0) as weighted_rate_before
  from order_days
),
customer_spans as (
  select
    user_id,
    max(case when date_diff('day', order_date, span.last_date) < span.days then 1 else 0 end) as is_now,
    max(case when date_diff('day', order_date, span.last_date) >= span.days then 1 else 0 end) as is_before
  from gold_customer_daily
  cross join span
  where date_diff('day', order_date, span.last_date) between 0 and 2 * span.days - 1
  group by user_id
),
customer_sums as (
  select
    coalesce(sum(is_now), 0) as customers,
    coalesce(sum(is_before), 0) as customers_before
  from customer_spans
),
hundredths as (
  select 1 as place, 'revenue' as measure, cast(cents as decimal(38,0)) as amount, cast(cents_before as decimal(38,0)) as amount_before
  from order_sums
  union all
  select 2, 'orders', cast(100 * orders as decimal(38,0)), cast(100 * orders_before as decimal(38,0))
  from order_sums
  union all
  select
    3,
    'avg_order_value',
    cast((2 * cents + orders - mod(2 * cents + orders, nullif(2 * orders, 0))) / nullif(2 * orders, 0) as decimal(38,0)),
    cast(
      (2 * cents_before + orders_before - mod(2 * cents_before + orders_before, nullif(2 * orders_before, 0)))
        / nullif(2 * orders_before, 0)
      as decimal(38,0)
    )
  from order_sums
  union all
  select 4, 'units', cast(100 * units as decimal(38,0)), cast(100 * units_before as decimal(38,0))
  from order_sums
  union all
  select 5, 'customers', cast(100 * customers as decimal(38,0)), cast(100 * customers_before as decimal(38,0))
  from customer_sums
  union all
  select
    6,
    'percent_returned',
    cast(
      (2 * weighted_rate + 100 * orders - mod(2 * weighted_rate + 100 * orders, nullif(200 * orders, 0)))
        / nullif(200 * orders, 0)
      as decimal(38,0)
    ),
    cast(
      (2 * weighted_rate_before + 100 * orders_before
        - mod(2 * weighted_rate_before + 100 * orders_before, nullif(200 * orders_before, 0)))
        / nullif(200 * orders_before, 0)
      as decimal(38,0)
    )
  from order_sums
),
changes as (
  select
    place,
    measure,
    amount,
    amount_before,
    cast(abs(amount - amount_before) as decimal(38,0)) as change,
    case when amount < amount_before then -0.01 else 0.01 end as hundredth
  from hundredths
)
select
  place,
  measure,
  cast(amount * 0.01 as decimal(38,2)) as value,
  cast(amount_before * 0.01 as decimal(38,2)) as value_before,
  cast(
    (20000 * change + amount_before - mod(20000 * change + amount_before, nullif(2 * amount_before, 0)))
      / nullif(2 * amount_before, 0) * hundredth
    as decimal(18,2)
  ) as percent_growth
from changes
order by place
