-- Who are the most valuable 10 % of customers, and what share of revenue do they bring?
-- A row is one customer of the top 10 %, the most valuable first.
-- Reads: gold_customer_value.
-- Parameters:
-- :min_orders int = 1   minimum number of orders
with all_customers as (
  select
    sum(revenue) as revenue
  from gold_customer_value
)
select
  customer.revenue_rank,
  customer.user_id,
  customer.orders,
  customer.revenue,
  customer.avg_order_value,
  customer.first_order_date,
  customer.last_order_date,
  cast(100 * cast(customer.revenue as double) / nullif(cast(all_customers.revenue as double), 0) as decimal(5,2)) as percent_of_revenue
from gold_customer_value as customer
cross join all_customers
where customer.is_top_decile
  and customer.orders >= :min_orders
order by customer.revenue_rank, customer.user_id
