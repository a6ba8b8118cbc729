-- Generated from tasks/contracts by `npm run sql:warehouse`; do not edit.
-- The table gold_order_kpis, for Athena. `crawl` makes the same table, and keeps its location and partitions current.
-- Slots: {bucket} (the lake's bucket).
create external table if not exists gold_order_kpis (
  `total_orders` bigint comment 'Counting orders.',
  `total_revenue` decimal(18,2) comment 'Σ total_amount.',
  `total_items_sold` bigint comment 'Σ quantity of their lines.',
  `return_rate` decimal(18,4) comment '100 × returned ÷ counting orders.',
  `unique_customers` bigint comment 'Distinct customers.'
)
comment 'KPIs of all orders of a date: one row.'
partitioned by (
  `order_date` date comment 'The UTC date of the orders.'
)
row format serde 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
stored as inputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat'
outputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat'
location 's3://{bucket}/current/gold_order_kpis/'
tblproperties (
  'classification' = 'parquet'
)
