-- Generated from tasks/contracts by `npm run sql:warehouse`; do not edit.
-- The table silver_gadget_sales, for Athena. `crawl` makes the same table, and keeps its location and partitions current.
-- Slots: {bucket} (the lake's bucket).
create external table if not exists silver_gadget_sales (
  `orderid` string comment 'The order: a four-digit number, which is reused.',
  `product_name` string comment 'What was sold.',
  `quantity` int comment 'Units sold.',
  `price` decimal(12,2) comment 'Price of one unit.',
  `event_type` string comment 'What happened to the item: `INSERT`, `MODIFY`, or `UNKNOWN` if the stream does not say.',
  `event_time` timestamp comment 'When it happened, UTC. If a delivered record has no time, sealing sets the hour of delivery.',
  `event_id` string comment 'Identifies the change; the stream may deliver it more than once.'
)
comment 'Live orders: one record per change of `OrderTable`, with the item after the change.'
partitioned by (
  `sale_date` date comment 'The UTC date of `event_time`.'
)
row format serde 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
stored as inputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat'
outputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat'
location 's3://{bucket}/current/silver_gadget_sales/'
tblproperties (
  'classification' = 'parquet'
)
