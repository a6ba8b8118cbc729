-- A row is an order. Its total is what was paid for it; without payments, its items with their freight.
-- The customer is the person: `customer_id` is another one for each order.
-- Inputs: olist_orders, olist_customers, olist_payments, olist_order_items.
with customers as (
  select customer_id, min(customer_unique_id) as customer_unique_id
  from olist_customers
  group by customer_id
),
paid as (
  select
    order_id,
    if(
      count(try_cast(payment_value as decimal(18,2))) = count(*),
      cast(sum(try_cast(payment_value as decimal(18,2))) as varchar),
      min(payment_value) filter (where try_cast(payment_value as decimal(18,2)) is null)
    ) as total
  from olist_payments
  group by order_id
),
sold as (
  select
    order_id,
    sum(try_cast(price as decimal(18,2)) + try_cast(freight_value as decimal(18,2))) as total
  from olist_order_items
  group by order_id
)
select
  olist_orders.order_id,
  coalesce(customers.customer_unique_id, olist_orders.customer_id) as user_id,
  if(
    regexp_matches(order_purchase_timestamp, '^\d{4}-\d\d-\d\d '),
    left(order_purchase_timestamp, 10),
    order_purchase_timestamp
  ) as order_date,
  coalesce(paid.total, cast(sold.total as varchar), '0.00') as total_amount,
  case order_status
    when 'delivered' then 'completed'
    when 'shipped' then 'completed'
    when 'invoiced' then 'completed'
    when 'processing' then 'completed'
    when 'approved' then 'completed'
    when 'created' then 'pending'
    when 'canceled' then 'cancelled'
    when 'unavailable' then 'cancelled'
    else order_status
  end as status,
  olist_orders._file,
  olist_orders._line
from olist_orders
left join customers on customers.customer_id = olist_orders.customer_id
left join paid on paid.order_id = olist_orders.order_id
left join sold on sold.order_id = olist_orders.order_id
