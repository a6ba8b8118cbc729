-- A row is a date whose events don't add up in event_funnel. No rows: everything agrees.
-- Inputs: events, event_funnel.
with event_days as (
  select event_date, count(case when event_type <> 'remove_from_cart' then 1 end) as events
  from events
  group by event_date
),
funnel_days as (
  select event_date, sum(views + carts + purchases) as events
  from event_funnel
  group by event_date
)
select
  event_days.event_date,
  'views, carts and purchases in silver_events' as figure,
  event_days.events as amount,
  'sum of views, carts and purchases in event_funnel' as other_figure,
  coalesce(funnel_days.events, 0) as other_amount
from event_days
left join funnel_days on funnel_days.event_date = event_days.event_date
where event_days.events <> coalesce(funnel_days.events, 0)
