-- A row is a customer's lifetime value, updated incrementally: the previous row plus the difference on changed dates.
-- Inputs: customers_before (this table's previous rows; empty for a full recompute), customer_days_removed,
-- customer_days_added (rows of customer_daily before and after, on the changed dates), customer_spans (first and last
-- order dates that the difference can't give).
-- Amounts have 38 digits and the average is rounded half-up in whole numbers: see category-kpis.sql.
with parts as (
  select user_id, first_order_date, last_order_date, orders, revenue
  from customers_before
  union all
  select user_id, order_date, order_date, orders, revenue
  from customer_days_added
  union all
  select user_id, cast(null as date), cast(null as date), -orders, -revenue
  from customer_days_removed
),
sums as (
  select
    user_id,
    min(first_order_date) as first_order_date,
    max(last_order_date) as last_order_date,
    cast(sum(orders) as bigint) as orders,
    cast(sum(revenue) as decimal(38,2)) as revenue
  from parts
  group by user_id
  having sum(orders) > 0
),
ranked_customers as (
  select
    user_id,
    first_order_date,
    last_order_date,
    orders,
    revenue,
    case when revenue < 10000000000000000 then cast(200 * revenue as bigint) + orders end as cents_an_order,
    2 * orders as twice_orders,
    2000000000 * orders as billion_times_twice_orders,
    rank() over (order by revenue desc) as revenue_rank,
    count(*) over () as customers
  from sums
),
averages as (
  select
    user_id,
    first_order_date,
    last_order_date,
    orders,
    revenue,
    revenue_rank,
    customers,
    cast(
      (cents_an_order - mod(cents_an_order, billion_times_twice_orders)) / billion_times_twice_orders
      as bigint
    ) as billions,
    cast(
      (mod(cents_an_order, billion_times_twice_orders) - mod(cents_an_order, twice_orders)) / twice_orders
      as bigint
    ) as ones
  from ranked_customers
)
select
  averages.user_id,
  coalesce(customer_spans.first_order_date, averages.first_order_date) as first_order_date,
  coalesce(customer_spans.last_order_date, averages.last_order_date) as last_order_date,
  averages.orders,
  averages.revenue,
  cast((averages.billions * 1000000000 + averages.ones) * 0.01 as decimal(18,2)) as avg_order_value,
  averages.revenue_rank,
  10 * (averages.revenue_rank - 1) < averages.customers as is_top_decile
from averages
left join customer_spans on customer_spans.user_id = averages.user_id
