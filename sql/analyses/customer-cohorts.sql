-- How many customers come back in the months after their first order?
-- A row is a cohort, the customers whose first order was in one month, in that month or a later one. Months in which
-- nobody ordered have no rows. The newest month may be incomplete.
-- Reads: gold_customer_daily.
-- Parameters:
-- :from date = 0001-01-01   first date of a customer's first order
-- :to   date = 9999-12-31   last date of a customer's first order
-- Columns:
-- cohort (date): first day of the month of the first order
-- months_since (months): 0 is the month of the first order
-- customers (customers): size of the cohort
-- active_customers (customers): those who ordered in this month
-- percent_retained (%): active customers ÷ customers
-- orders (orders): the cohort's orders in this month
-- revenue (money): the cohort's revenue in this month
-- revenue_so_far (money): the cohort's revenue from its first month to this one
-- Half-up to 2 places, with the same digits on every engine: (n - mod(n, d)) / d is a quotient of whole numbers.
with first_orders as (
  select user_id, min(order_date) as first_order_date
  from gold_customer_daily
  group by user_id
),
cohorts as (
  select
    user_id,
    cast(date_trunc('month', first_order_date) as date) as cohort
  from first_orders
  where first_order_date between :from and :to
),
customer_months as (
  select
    user_id,
    cast(date_trunc('month', order_date) as date) as order_month,
    sum(orders) as orders,
    sum(revenue) as revenue
  from gold_customer_daily
  group by user_id, cast(date_trunc('month', order_date) as date)
),
sizes as (
  select cohort, count(*) as customers
  from cohorts
  group by cohort
),
months as (
  select distinct order_month
  from customer_months
),
activity as (
  select
    cohorts.cohort,
    customer_months.order_month,
    count(*) as active_customers,
    cast(sum(customer_months.orders) as bigint) as orders,
    cast(sum(customer_months.revenue) as decimal(38,2)) as revenue
  from cohorts
  inner join customer_months on customer_months.user_id = cohorts.user_id
  group by cohorts.cohort, customer_months.order_month
),
cohort_months as (
  select
    sizes.cohort,
    date_diff('month', sizes.cohort, months.order_month) as months_since,
    sizes.customers,
    coalesce(activity.active_customers, 0) as active_customers,
    coalesce(activity.orders, 0) as orders,
    coalesce(activity.revenue, cast(0 as decimal(38,2))) as revenue
  from sizes
  inner join months on months.order_month >= sizes.cohort
  left join activity on activity.cohort = sizes.cohort and activity.order_month = months.order_month
)
select
  cohort,
  months_since,
  customers,
  active_customers,
  cast(
    (20000 * active_customers + customers - mod(20000 * active_customers + customers, nullif(2 * customers, 0)))
      / nullif(2 * customers, 0) * 0.01
    as decimal(5,2)
  ) as percent_retained,
  orders,
  revenue,
  sum(revenue) over (partition by cohort order by months_since rows unbounded preceding) as revenue_so_far
from cohort_months
order by cohort, months_since
