-- A row is a customer's lifetime value, updated incrementally: the previous row plus the difference on changed dates.
-- Inputs: customers_before (this table's previous rows; empty for a full recompute), customer_days_removed,
-- customer_days_added (rows of customer_daily before and after, on the changed dates), customer_spans (first and last
-- order dates that the difference can't give).
-- Ranks are those of amounts, which are fewer than customers: a distributed engine ranks on one worker.
-- Sums have 38 digits: see category-kpis.sql. A revenue that fits its column is also there as an amount of 18 digits, by
-- which customers are ranked; one that doesn't fit has no rank and no average here. Cents are put together from the whole
-- amount and the rest: a product with 38 digits would cost half of the statement, one with 18 digits could overflow.
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
customers as (
  select
    user_id,
    first_order_date,
    last_order_date,
    orders,
    revenue,
    try_cast(revenue as decimal(18,2)) as amount
  from sums
),
amounts as (
  select amount, count(*) as customers
  from customers
  group by amount
),
ranks as (
  select
    amount,
    cast(sum(customers) over (order by amount desc) - customers + 1 as bigint) as revenue_rank,
    cast(sum(customers) over () as bigint) as customers
  from amounts
),
ranked_customers as (
  select
    customers.user_id,
    customers.first_order_date,
    customers.last_order_date,
    customers.orders,
    customers.revenue,
    100 * cast(customers.amount - mod(customers.amount, 1) as bigint)
      + cast(100 * mod(customers.amount, 1) as bigint) as cents,
    ranks.revenue_rank,
    ranks.customers
  from customers
  left join ranks on ranks.amount = customers.amount
)
select
  ranked_customers.user_id,
  coalesce(customer_spans.first_order_date, ranked_customers.first_order_date) as first_order_date,
  coalesce(customer_spans.last_order_date, ranked_customers.last_order_date) as last_order_date,
  ranked_customers.orders,
  ranked_customers.revenue,
  cast({half_up(cents, orders)} * 0.01 as decimal(18,2)) as avg_order_value,
  ranked_customers.revenue_rank,
  10 * (ranked_customers.revenue_rank - 1) < ranked_customers.customers as is_top_decile
from ranked_customers
left join customer_spans on customer_spans.user_id = ranked_customers.user_id
