-- A row is what a customer ordered on a date, without cancelled orders.
-- Inputs: orders. Amounts have 38 digits: see category-kpis.sql.
select
  order_date,
  user_id,
  count(*) as orders,
  cast(sum(total_amount) as decimal(38,2)) as revenue
from orders
where status <> 'cancelled'
group by order_date, user_id
