-- A row is a date whose live sales don't add up in live_anomalies. No rows: everything agrees.
-- Inputs: gadget_sales, anomaly_dates, live_anomalies.
with sale_days as (
  select gadget_sales.sale_date, sum(case when event_type <> 'REMOVE' then quantity else 0 end) as units
  from gadget_sales
  inner join anomaly_dates on anomaly_dates.sale_date = gadget_sales.sale_date
  group by gadget_sales.sale_date
),
anomaly_days as (
  select sale_date, sum(units) as units
  from live_anomalies
  group by sale_date
)
select
  sale_days.sale_date,
  'units in silver_gadget_sales' as figure,
  sale_days.units as amount,
  'units in live_anomalies' as other_figure,
  coalesce(anomaly_days.units, 0) as other_amount
from sale_days
left join anomaly_days on anomaly_days.sale_date = sale_days.sale_date
where sale_days.units <> coalesce(anomaly_days.units, 0)
