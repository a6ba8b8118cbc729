-- Units: amounts are whole cents. A median is half the sum of its one or two middle values, so twice_median and
-- four_mads are whole; the spread is in 40,000ths of a cent.
with first_sales as (
  select category, min(order_date) as first_sale
  from {{ ref("gold_category_kpis") }}
  group by category
),
windows as (
  select
    dates.order_date,
    first_sales.category,
    cast(sum(coalesce(sold.daily_revenue, 0)) filter (where back.days = 0) * 100 as bigint) as cents,
    coalesce(
      list_sort(
        list(cast(coalesce(sold.daily_revenue, 0) * 100 as bigint))
          filter (where back.days > 0 and dates.order_date - back.days >= first_sales.first_sale)
      ),
      []
    ) as history
  from {{ ref("gold_order_kpis") }} as dates
  cross join first_sales
  cross join (select cast(range as int) as days from range(29)) as back
  left join {{ ref("gold_category_kpis") }} as sold
    on sold.category = first_sales.category and sold.order_date = dates.order_date - back.days
  group by dates.order_date, first_sales.category
  having count(sold.daily_revenue) > 0
),
medians as (
  select *, history[(len(history) + 1) // 2] + history[len(history) // 2 + 1] as twice_median
  from windows
),
deviations as (
  select *, list_sort(list_transform(history, lambda value: abs(2 * value - twice_median))) as twice_deviations
  from medians
),
spreads as (
  select
    *,
    greatest(
      14826 * (twice_deviations[(len(history) + 1) // 2] + twice_deviations[len(history) // 2 + 1]),
      1000 * twice_median,
      4000000
    ) as spread
  from deviations
),
scores as (
  select
    *,
    cast(sign(2 * cents - twice_median) as int)
    * cast(
      (cast(4000000 as hugeint) * abs(2 * cents - twice_median) + spread) // (2 * spread)
      as bigint
    ) as hundredths
  from spreads
)
select
  order_date,
  category,
  cast(cents * 0.01 as decimal(18,2)) as amount,
  cast(((twice_median + 1) // 2) * 0.01 as decimal(18,2)) as expected,
  case when len(history) >= 7 then cast(hundredths * 0.01 as decimal(18,2)) end as deviation,
  case
    when len(history) < 7 then null
    when hundredths >= 350 then 'spike'
    when hundredths <= -350 then 'drop'
    else 'none'
  end as direction
from scores
