-- A row is a date to which orders came, those that are new apart from those that were at another date: how many, and the
-- first and the last of their ids in order.
-- Inputs: moved_orders. Slots: {id_order}.
select
  cast(new_date as varchar) as new_date,
  case when old_date is null then 'new' else 'moved' end as kind,
  count(*) as orders,
  min({id_order}) as least_id,
  max({id_order}) as most_id
from moved_orders
where new_date is not null
group by
  new_date,
  case when old_date is null then 'new' else 'moved' end
