-- A row is a status, with its orders and revenue over all dates.
select status, sum(orders) as orders, sum(revenue) as revenue
from gold_order_status
group by status
order by revenue desc
