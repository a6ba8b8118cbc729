-- A row is the first and last order date of a customer in unsettled_customers.
-- Inputs: customer_daily (all dates), unsettled_customers.
select
  customer_daily.user_id,
  min(customer_daily.order_date) as first_order_date,
  max(customer_daily.order_date) as last_order_date
from customer_daily
inner join unsettled_customers on unsettled_customers.user_id = customer_daily.user_id
group by customer_daily.user_id
