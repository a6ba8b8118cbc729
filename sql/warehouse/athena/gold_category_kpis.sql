-- Generated from tasks/contracts by `npm run sql:warehouse`; do not edit.
-- The table gold_category_kpis, for Athena. `crawl` makes the same table, and keeps its location and partitions current.
-- Slots: {bucket} (the lake's bucket).
create external table if not exists gold_category_kpis (
  `category` string comment 'The category.',
  `daily_revenue` decimal(18,2) comment 'Σ line amounts of the category.',
  `avg_order_value` decimal(18,2) comment 'Revenue ÷ counting orders with the category.',
  `avg_return_rate` decimal(18,4) comment '100 × returned ÷ counting orders with the category.'
)
comment 'KPIs of each category on a date: one row per category.'
partitioned by (
  `order_date` date comment 'The UTC date of the orders.'
)
row format serde 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
stored as inputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat'
outputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat'
location 's3://{bucket}/current/gold_category_kpis/'
tblproperties (
  'classification' = 'parquet'
)
