-- Generated from tasks/contracts by `npm run sql:warehouse`; do not edit.
-- The table gold_daily_sales, for Athena. `crawl` makes the same table, and keeps its location and partitions current.
-- Slots: {bucket} (the lake's bucket).
create external table if not exists gold_daily_sales (
  `category` string comment 'The product’s current category.',
  `product_id` string comment 'The product.',
  `product_name` string comment 'The product’s current name.',
  `orders` bigint comment 'Counting orders with the product.',
  `units` bigint comment 'Units sold.',
  `amount` decimal(18,2) comment 'Σ quantity × unit price.'
)
comment 'What each product sold on a date: one row per product.'
partitioned by (
  `order_date` date comment 'The UTC date of the orders.'
)
row format serde 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
stored as inputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat'
outputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat'
location 's3://{bucket}/current/gold_daily_sales/'
tblproperties (
  'classification' = 'parquet'
)
