-- Generated from tasks/contracts by `npm run sql:warehouse`; do not edit.
-- The table gold_sales_anomalies, for Athena. `crawl` makes the same table, and keeps its location and partitions current.
-- Slots: {bucket} (the lake's bucket).
create external table if not exists gold_sales_anomalies (
  `category` string comment 'The category.',
  `amount` decimal(18,2) comment 'Sales on the date.',
  `expected` decimal(18,2) comment 'Median of the days before; null if there are none.',
  `deviation` decimal(18,2) comment '(amount − expected) ÷ spread; null with fewer than 7 days.',
  `direction` string comment '`spike` (≥ 3.5), `drop` (≤ −3.5) or `none`; null with fewer than 7 days.'
)
comment 'A category’s sales on a date compared with the 28 calendar days before: one row per category that sold on any of these days.'
partitioned by (
  `order_date` date comment 'The UTC date of the orders.'
)
row format serde 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
stored as inputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat'
outputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat'
location 's3://{bucket}/current/gold_sales_anomalies/'
tblproperties (
  'classification' = 'parquet'
)
