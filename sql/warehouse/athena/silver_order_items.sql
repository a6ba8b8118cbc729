-- Generated from tasks/contracts by `npm run sql:warehouse`; do not edit.
-- The table silver_order_items, for Athena. `crawl` makes the same table, and keeps its location and partitions current.
-- Slots: {bucket} (the lake's bucket).
create external table if not exists silver_order_items (
  `order_id` string comment 'The order the line belongs to.',
  `line_number` int comment 'The line’s number in its order; required if an order has a product on two lines.',
  `product_id` string comment 'The product sold.',
  `quantity` int comment 'Units sold.',
  `unit_price` decimal(12,2) comment 'Price of one unit.',
  `line_amount` decimal(18,2) comment '`quantity` × `unit_price`.'
)
comment 'Order lines, one product each.'
partitioned by (
  `order_date` date comment 'The `order_date` of the order the line belongs to.'
)
row format serde 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
stored as inputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat'
outputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat'
location 's3://{bucket}/current/silver_order_items/'
tblproperties (
  'classification' = 'parquet'
)
