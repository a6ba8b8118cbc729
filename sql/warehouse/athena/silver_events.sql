-- Generated from tasks/contracts by `npm run sql:warehouse`; do not edit.
-- The table silver_events, for Athena. `crawl` makes the same table, and keeps its location and partitions current.
-- Slots: {bucket} (the lake's bucket).
create external table if not exists silver_events (
  `event_id` string comment 'Identifies the event on its date.',
  `event_type` string comment 'What happened.',
  `user_id` string comment 'Who did it.',
  `product_id` string comment 'The product concerned.',
  `event_time` timestamp comment 'When it happened, UTC.',
  `session_id` string comment 'The visit.',
  `quantity` int comment 'Units in the cart or bought.',
  `price` decimal(12,2) comment 'Displayed price of one unit.'
)
comment 'What visitors do in the shop: views, carts, purchases.'
partitioned by (
  `event_date` date comment 'The UTC date of `event_time`.'
)
row format serde 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
stored as inputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat'
outputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat'
location 's3://{bucket}/current/silver_events/'
tblproperties (
  'classification' = 'parquet'
)
