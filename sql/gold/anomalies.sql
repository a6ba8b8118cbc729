-- A row compares what a series sold in a period with the periods before. A series has a row if it sold in any of them.
-- Inputs: windows (period, series, periods_ago, periods, least_periods, cents: see sales-windows.sql).
-- A period without sales counts as 0. Only their number matters, so one row stands for all of them, with `copies`; the
-- copies of a row have the places up to `last_place`.
-- Units: amounts are whole cents. A median is half the sum of its one or two middle values, so twice_median is whole,
-- and so is four_mads, four times the median absolute deviation. The spread is in 40,000ths of a cent, in which all
-- three candidates are whole: 1.4826 MADs, 5 % of what is expected, and 1.00. This small unit needs 38 digits.
with spans as (
  select
    period,
    series,
    sum(case when periods_ago = 0 then cents else 0 end) as cents,
    count(case when periods_ago > 0 then 1 end) as periods_with_sales,
    min(periods) as periods,
    min(least_periods) as least_periods
  from windows
  group by period, series
),
periods_before as (
  select period, series, cents, 1 as copies
  from windows
  where periods_ago > 0
  union all
  select period, series, cast(0 as decimal(38,0)), periods - periods_with_sales
  from spans
  where periods > periods_with_sales
),
ranked_periods as (
  select
    period,
    series,
    cents,
    copies,
    sum(copies) over (partition by period, series order by cents rows unbounded preceding) as last_place,
    sum(copies) over (partition by period, series) as places
  from periods_before
),
medians as (
  select period, series, min(cents) + max(cents) as twice_median
  from ranked_periods
  where 2 * last_place >= places and 2 * (last_place - copies + 1) <= places + 2
  group by period, series
),
deviations_before as (
  select
    periods_before.period,
    periods_before.series,
    periods_before.copies,
    abs(2 * periods_before.cents - medians.twice_median) as twice_deviation
  from periods_before
  inner join medians on medians.period = periods_before.period and medians.series = periods_before.series
),
ranked_deviations as (
  select
    period,
    series,
    twice_deviation,
    copies,
    sum(copies) over (partition by period, series order by twice_deviation rows unbounded preceding) as last_place,
    sum(copies) over (partition by period, series) as places
  from deviations_before
),
spreads as (
  select period, series, min(twice_deviation) + max(twice_deviation) as four_mads
  from ranked_deviations
  where 2 * last_place >= places and 2 * (last_place - copies + 1) <= places + 2
  group by period, series
),
comparisons as (
  select
    spans.period,
    spans.series,
    spans.periods >= spans.least_periods as is_judged,
    cast(spans.cents as decimal(38,0)) as cents,
    cast((twice_median + mod(twice_median, 2)) * 0.5 as decimal(38,0)) as expected_cents,
    four_mads
  from spans
  left join medians on medians.period = spans.period and medians.series = spans.series
  left join spreads on spreads.period = spans.period and spreads.series = spans.series
),
fractions as (
  select
    period,
    series,
    is_judged,
    cents,
    expected_cents,
    cast(40000 * 100 * abs(cents - expected_cents) as decimal(38,0)) as distance,
    cast(greatest(14826 * four_mads, 2000 * expected_cents, 4000000) as decimal(38,0)) as spread
  from comparisons
),
deviations as (
  select
    period,
    series,
    cents,
    expected_cents,
    case when is_judged then case when cents < expected_cents then -1 else 1 end * {half_up(distance, spread)} end
      as hundredths
  from fractions
)
select
  period,
  series,
  cents,
  expected_cents,
  hundredths,
  case
    when hundredths >= 350 then 'spike'
    when hundredths <= -350 then 'drop'
    when hundredths is not null then 'none'
  end as direction
from deviations
