-- A row is a date with the number of its products that the catalogue lacks: kept in its manifest, so that a new product
-- makes only the dates stale that may hold it.
-- Inputs: event_funnel, products.
select
  cast(event_funnel.event_date as varchar) as event_date,
  cast(count(case when products.product_id is null then 1 end) as int) as unknown
from event_funnel
left join products on products.product_id = event_funnel.product_id
group by cast(event_funnel.event_date as varchar)
