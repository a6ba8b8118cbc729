-- Generated from tasks/contracts by `npm run sql:warehouse`; do not edit.
-- The table gold_live_anomalies, for Athena. `crawl` makes the same table, and keeps its location and partitions current.
-- Slots: {bucket} (the lake's bucket).
create external table if not exists gold_live_anomalies (
  `hour` timestamp comment 'The start of the hour, UTC.',
  `product_name` string comment 'The product.',
  `units` bigint comment 'Units sold in the hour.',
  `expected` decimal(18,2) comment 'Median of the hours before, counted from the product’s first sale; null if there are none.',
  `deviation` decimal(18,2) comment '(units − expected) ÷ spread; null with fewer than 6 hours.',
  `direction` string comment '`spike` (≥ 3.5), `drop` (≤ −3.5) or `none`; null with fewer than 6 hours.'
)
comment 'A product’s live sales in an hour compared with the 24 hours before, for hours in which anything sold: one row per product that sold in any of these hours. Every change of `OrderTable` except a removal is a sale. The newest hour includes only what is sealed.'
partitioned by (
  `sale_date` date comment 'The UTC date of the hours.'
)
row format serde 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
stored as inputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat'
outputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat'
location 's3://{bucket}/current/gold_live_anomalies/'
tblproperties (
  'classification' = 'parquet'
)
