-- Generated from tasks/contracts by `npm run sql:warehouse`; do not edit.
-- The table gold_customer_value, for Athena. `crawl` makes the same table, and keeps its location and partitions current.
-- Slots: {bucket} (the lake's bucket).
create external table if not exists gold_customer_value (
  `user_id` string comment 'The customer.',
  `first_order_date` date comment 'The date of the first counting order.',
  `last_order_date` date comment 'The date of the last counting order.',
  `orders` bigint comment 'Counting orders.',
  `revenue` decimal(18,2) comment 'Σ total_amount.',
  `avg_order_value` decimal(18,2) comment 'Revenue ÷ orders.',
  `revenue_rank` bigint comment 'rank() by revenue, highest first.',
  `is_top_decile` boolean comment 'Rank ≤ ⌈customers ÷ 10⌉.'
)
comment 'Customer lifetime value, over all dates: one row per customer.'
row format serde 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
stored as inputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat'
outputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat'
location 's3://{bucket}/current/gold_customer_value/'
tblproperties (
  'classification' = 'parquet'
)
