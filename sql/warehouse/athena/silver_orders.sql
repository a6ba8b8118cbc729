-- Generated from tasks/contracts by `npm run sql:warehouse`; do not edit.
-- The table silver_orders, for Athena. `crawl` makes the same table, and keeps its location and partitions current.
-- Slots: {bucket} (the lake's bucket).
create external table if not exists silver_orders (
  `order_id` string comment 'Identifies the order.',
  `user_id` string comment 'The customer who placed it.',
  `total_amount` decimal(12,2) comment 'What the customer pays for the whole order.',
  `status` string comment 'The state of the order. Gold figures leave out cancelled orders.'
)
comment 'Orders of the shop. Sources send a record for each state of an order; Silver has the latest.'
partitioned by (
  `order_date` date comment 'The UTC date on which the order was placed.'
)
row format serde 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
stored as inputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat'
outputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat'
location 's3://{bucket}/current/silver_orders/'
tblproperties (
  'classification' = 'parquet'
)
