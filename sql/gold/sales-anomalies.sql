-- A row compares a category's sales on a date with the 28 calendar days before. A category has a row if it sold on any
-- of these days.
-- Inputs: anomaly_dates (order_date), category_kpis (these dates and the 28 days before each), first_sales (category,
-- first_sale: the first date on which it ever sold).
-- Days without sales count as 0 from the category's first sale on. Only their number matters, so `numbers` adds them.
-- Units: amounts are whole cents. A median is half the sum of its one or two middle values, so twice_median is whole,
-- and so is four_mads, four times the median absolute deviation. The spread is in 40,000ths of a cent, in which all
-- three candidates are whole. This small unit needs 38 digits. For the half-up rounding see category-kpis.sql.
with windows as (
  select
    anomaly_dates.order_date,
    category_kpis.category,
    date_diff('day', category_kpis.order_date, anomaly_dates.order_date) as days_ago,
    cast(cast(category_kpis.daily_revenue as decimal(38,2)) * 100 as decimal(38,0)) as cents
  from anomaly_dates
  inner join category_kpis
    on category_kpis.order_date between cast(anomaly_dates.order_date - interval '28' day as date)
      and anomaly_dates.order_date
),
spans as (
  select
    windows.order_date,
    windows.category,
    sum(case when windows.days_ago = 0 then windows.cents else 0 end) as cents,
    count(case when windows.days_ago > 0 then 1 end) as days_with_sales,
    least(28, min(date_diff('day', first_sales.first_sale, windows.order_date))) as days
  from windows
  inner join first_sales on first_sales.category = windows.category
  group by windows.order_date, windows.category
),
numbers as (
  select number
  from (
    values (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11), (12), (13), (14),
      (15), (16), (17), (18), (19), (20), (21), (22), (23), (24), (25), (26), (27), (28)
  ) as listed (number)
),
days_before as (
  select order_date, category, cents
  from windows
  where days_ago > 0
  union all
  select spans.order_date, spans.category, cast(0 as decimal(38,0))
  from spans
  inner join numbers on numbers.number <= spans.days - spans.days_with_sales
),
ranked_days as (
  select
    order_date,
    category,
    cents,
    row_number() over (partition by order_date, category order by cents) as place,
    count(*) over (partition by order_date, category) as days
  from days_before
),
medians as (
  select order_date, category, min(cents) + max(cents) as twice_median
  from ranked_days
  where 2 * place between days and days + 2
  group by order_date, category
),
ranked_deviations as (
  select
    days_before.order_date,
    days_before.category,
    abs(2 * days_before.cents - medians.twice_median) as twice_deviation,
    row_number() over (
      partition by days_before.order_date, days_before.category
      order by abs(2 * days_before.cents - medians.twice_median)
    ) as place,
    count(*) over (partition by days_before.order_date, days_before.category) as days
  from days_before
  inner join medians
    on medians.order_date = days_before.order_date and medians.category = days_before.category
),
spreads as (
  select order_date, category, min(twice_deviation) + max(twice_deviation) as four_mads
  from ranked_deviations
  where 2 * place between days and days + 2
  group by order_date, category
),
comparisons as (
  select
    spans.order_date,
    spans.category,
    spans.days,
    cast(spans.cents as decimal(38,0)) as cents,
    cast((twice_median + mod(twice_median, 2)) * 0.5 as decimal(38,0)) as expected_cents,
    four_mads
  from spans
  left join medians on medians.order_date = spans.order_date and medians.category = spans.category
  left join spreads on spreads.order_date = spans.order_date and spreads.category = spans.category
),
fractions as (
  select
    order_date,
    category,
    days,
    cents,
    expected_cents,
    cast(2 * 40000 * 100 * abs(cents - expected_cents) as decimal(38,0)) as twice_distance,
    cast(greatest(14826 * four_mads, 2000 * expected_cents, 4000000) as decimal(38,0)) as spread
  from comparisons
),
quotients as (
  select
    order_date,
    category,
    days,
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
    order_date,
    category,
    cents,
    expected_cents,
    case
      when days >= 7 then
        case when cents < expected_cents then -1 else 1 end * (billions * 1000000000 + ones)
    end as hundredths
  from quotients
)
select
  order_date,
  category,
  cast(cents * 0.01 as decimal(18,2)) as amount,
  cast(expected_cents * 0.01 as decimal(18,2)) as expected,
  cast(hundredths * 0.01 as decimal(18,2)) as deviation,
  case
    when hundredths >= 350 then 'spike'
    when hundredths <= -350 then 'drop'
    when hundredths is not null then 'none'
  end as direction
from deviations
