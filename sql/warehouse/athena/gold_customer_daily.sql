-- Generated from tasks/contracts by `npm run sql:warehouse`; do not edit.
-- The table gold_customer_daily, for Athena. `crawl` makes the same table, and keeps its location and partitions current.
-- Slots: {bucket} (the lake's bucket).
create external table if not exists gold_customer_daily (
  `user_id` string comment 'The customer.',
  `orders` bigint comment 'Counting orders.',
  `revenue` decimal(18,2) comment 'Σ total_amount.'
)
comment 'What each customer ordered on a date: one row per customer.'
partitioned by (
  `order_date` date comment 'The UTC date of the orders.'
)
row format serde 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
stored as inputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat'
outputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat'
location 's3://{bucket}/current/gold_customer_daily/'
tblproperties (
  'classification' = 'parquet'
)
