-- A row compares a product's live sales in an hour with the 24 hours before. Hours in which nothing sold have no rows;
-- in the others each product has a row that sold in the hour or in the 24 before.
-- Inputs: anomaly_dates (sale_date), live_hours (these dates and the day before each), first_sales (product_name,
-- first_hour: the first hour in which it ever sold).
-- Hours without sales count as 0 from the product's first sale on. Only their number matters, so `numbers` adds them.
-- The arithmetic is that of sales-anomalies.sql, in hundredths of a unit.
with hours as (
  select distinct live_hours.sale_date, live_hours.hour
  from live_hours
  inner join anomaly_dates on anomaly_dates.sale_date = live_hours.sale_date
),
windows as (
  select
    hours.sale_date,
    hours.hour,
    live_hours.product_name,
    date_diff('hour', live_hours.hour, hours.hour) as hours_ago,
    cast(live_hours.units as decimal(38,0)) * 100 as cents
  from hours
  inner join live_hours on live_hours.hour between hours.hour - interval '24' hour and hours.hour
),
spans as (
  select
    windows.hour,
    windows.product_name,
    sum(case when windows.hours_ago = 0 then windows.cents else 0 end) as cents,
    count(case when windows.hours_ago > 0 then 1 end) as hours_with_sales,
    least(24, min(date_diff('hour', first_sales.first_hour, windows.hour))) as hours_counted
  from windows
  inner join first_sales on first_sales.product_name = windows.product_name
  group by windows.hour, windows.product_name
),
numbers as (
  select number
  from (
    values (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11), (12),
      (13), (14), (15), (16), (17), (18), (19), (20), (21), (22), (23), (24)
  ) as listed (number)
),
hours_before as (
  select hour, product_name, cents
  from windows
  where hours_ago > 0
  union all
  select spans.hour, spans.product_name, cast(0 as decimal(38,0))
  from spans
  inner join numbers on numbers.number <= spans.hours_counted - spans.hours_with_sales
),
ranked_hours as (
  select
    hour,
    product_name,
    cents,
    row_number() over (partition by hour, product_name order by cents) as place,
    count(*) over (partition by hour, product_name) as hours_counted
  from hours_before
),
medians as (
  select hour, product_name, min(cents) + max(cents) as twice_median
  from ranked_hours
  where 2 * place between hours_counted and hours_counted + 2
  group by hour, product_name
),
ranked_deviations as (
  select
    hours_before.hour,
    hours_before.product_name,
    abs(2 * hours_before.cents - medians.twice_median) as twice_deviation,
    row_number() over (
      partition by hours_before.hour, hours_before.product_name
      order by abs(2 * hours_before.cents - medians.twice_median)
    ) as place,
    count(*) over (partition by hours_before.hour, hours_before.product_name) as hours_counted
  from hours_before
  inner join medians
    on medians.hour = hours_before.hour and medians.product_name = hours_before.product_name
),
spreads as (
  select hour, product_name, min(twice_deviation) + max(twice_deviation) as four_mads
  from ranked_deviations
  where 2 * place between hours_counted and hours_counted + 2
  group by hour, product_name
),
comparisons as (
  select
    spans.hour,
    spans.product_name,
    spans.hours_counted,
    cast(spans.cents as decimal(38,0)) as cents,
    cast((twice_median + mod(twice_median, 2)) * 0.5 as decimal(38,0)) as expected_cents,
    four_mads
  from spans
  left join medians on medians.hour = spans.hour and medians.product_name = spans.product_name
  left join spreads on spreads.hour = spans.hour and spreads.product_name = spans.product_name
),
fractions as (
  select
    hour,
    product_name,
    hours_counted,
    cents,
    expected_cents,
    cast(2 * 40000 * 100 * abs(cents - expected_cents) as decimal(38,0)) as twice_distance,
    cast(greatest(14826 * four_mads, 2000 * expected_cents, 4000000) as decimal(38,0)) as spread
  from comparisons
),
quotients as (
  select
    hour,
    product_name,
    hours_counted,
    cents,
    expected_cents,
    cast(
      (twice_distance + spread - mod(twice_distance + spread, 2000000000 * spread)) / (2000000000 * spread)
      as decimal(38,0)
    ) as billions,
    cast(
      (mod(twice_distance + spread, 2000000000 * spread) - mod(twice_distance + spread, 2 * spread)) / (2 * spread)
      as decimal(38,0)
    ) as ones
  from fractions
),
deviations as (
  select
    hour,
    product_name,
    cents,
    expected_cents,
    case
      when hours_counted >= 6 then
        case when cents < expected_cents then -1 else 1 end * (billions * 1000000000 + ones)
    end as hundredths
  from quotients
)
select
  cast(hour as date) as sale_date,
  hour,
  product_name,
  cast(cents * 0.01 as bigint) as units,
  cast(expected_cents * 0.01 as decimal(38,2)) as expected,
  cast(hundredths * 0.01 as decimal(38,2)) as deviation,
  case
    when hundredths >= 350 then 'spike'
    when hundredths <= -350 then 'drop'
    when hundredths is not null then 'none'
  end as direction
from deviations
