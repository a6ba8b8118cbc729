-- A row is what a user did with a product on a date; an event of any type makes a row.
-- Inputs: events.
select
  event_date,
  user_id,
  product_id,
  count(case when event_type = 'product_view' then 1 end) as views,
  count(case when event_type = 'add_to_cart' then 1 end) as carts,
  count(case when event_type = 'purchase' then 1 end) as purchases,
  max(event_time) as last_event_time
from events
group by event_date, user_id, product_id
