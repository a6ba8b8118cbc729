-- How many product views become carts, and how many carts become purchases?
-- A row is one stage of the funnel, from the first to the last. There is always a row of each.
-- Reads: gold_event_funnel.
-- Parameters:
-- :from date = 0001-01-01   first event date
-- :to   date = 9999-12-31   last event date
-- Columns:
-- place (rank): the order of the stages
-- stage (text): `view`, `cart` or `purchase`
-- events (events): events of the stage
-- percent_of_views (%): events ÷ views; null without views
-- percent_of_stage_before (%): events ÷ those of the stage before; null if that has none
-- Half-up to 2 places, with the same digits on every engine: (n - mod(n, d)) / d is a quotient of whole numbers.
with totals as (
  select
    cast(coalesce(sum(views), 0) as bigint) as views,
    cast(coalesce(sum(carts), 0) as bigint) as carts,
    cast(coalesce(sum(purchases), 0) as bigint) as purchases
  from gold_event_funnel
  where event_date between :from and :to
),
stages as (
  select 1 as place, 'view' as stage, views as events, views, cast(null as bigint) as stage_before
  from totals
  union all
  select 2, 'cart', carts, views, views
  from totals
  union all
  select 3, 'purchase', purchases, views, carts
  from totals
)
select
  place,
  stage,
  events,
  cast(
    (20000 * events + views - mod(20000 * events + views, nullif(2 * views, 0))) / nullif(2 * views, 0) * 0.01
    as decimal(18,2)
  ) as percent_of_views,
  cast(
    (20000 * events + stage_before - mod(20000 * events + stage_before, nullif(2 * stage_before, 0)))
      / nullif(2 * stage_before, 0) * 0.01
    as decimal(18,2)
  ) as percent_of_stage_before
from stages
order by place
