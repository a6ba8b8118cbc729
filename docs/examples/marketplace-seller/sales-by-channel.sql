-- What does each channel sell?
select channel, sum(orders) as orders, sum(revenue) as revenue, sum(returned) as returned
from gold_channel_sales
group by channel
order by revenue desc
