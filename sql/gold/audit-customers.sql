-- A row is a sum over all customers that differs from the sum over all dates. No rows: everything agrees.
-- Inputs: customer_value, order_totals (of all dates).
with customers as (
  select coalesce(sum(orders), 0) as orders, coalesce(sum(revenue), 0) as revenue
  from customer_value
),
dates as (
  select coalesce(sum(orders), 0) as orders, coalesce(sum(revenue), 0) as revenue
  from order_totals
)
select 'sum of orders in customer_value' as figure, cast(customers.orders as decimal(38,2)) as amount,
  'sum of total_orders in order_kpis' as other_figure, cast(dates.orders as decimal(38,2)) as other_amount
from customers
cross join dates
where customers.orders <> dates.orders
union all
select 'sum of revenue in customer_value', customers.revenue, 'sum of total_revenue in order_kpis', dates.revenue
from customers
cross join dates
where customers.revenue <> dates.revenue
