-- A row is a customer who still has orders but may have lost the first or last order date. The difference alone can't
-- tell the new date, so it has to be looked up among all of the customer's days.
-- Inputs: customers_before, customer_days_removed, customer_days_added.
with lost_days as (
  select removed.user_id, removed.order_date
  from customer_days_removed as removed
  left join customer_days_added as added
    on added.user_id = removed.user_id and added.order_date = removed.order_date
  where added.user_id is null
)
select distinct customers_before.user_id
from customers_before
inner join lost_days on lost_days.user_id = customers_before.user_id
where lost_days.order_date in (customers_before.first_order_date, customers_before.last_order_date)
