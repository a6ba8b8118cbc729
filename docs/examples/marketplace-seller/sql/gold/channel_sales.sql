-- A row is a date and a channel, with the orders that are not cancelled.
-- Inputs: orders.
select
  order_date,
  case when order_id like 'W-%' then 'Web shop' else 'Amazon' end as channel,
  count(*) as orders,
  cast(sum(total_amount) as decimal(38,2)) as revenue,
  count(case when status = 'returned' then 1 end) as returned
from orders
where status <> 'cancelled'
group by order_date, case when order_id like 'W-%' then 'Web shop' else 'Amazon' end
