-- Generated from tasks/contracts by `npm run sql:warehouse`; do not edit.
-- The table bronze_events, for Athena. `crawl` makes the same table, and keeps its location and partitions current.
-- Slots: {bucket} (the lake's bucket).
create external table if not exists bronze_events (
  `_file` int comment 'Which of the batch’s source files the record came from, from 0.',
  `_line` bigint comment 'The line of its source file on which the record begins, from 1; of Parquet the number of its row.',
  `event_id` string comment 'Identifies the event on its date.',
  `event_type` string comment 'What happened.',
  `user_id` string comment 'Who did it.',
  `product_id` string comment 'The product concerned.',
  `event_time` timestamp comment 'When it happened, UTC.',
  `session_id` string comment 'The visit.',
  `quantity` int comment 'Units in the cart or bought.',
  `price` decimal(12,2) comment 'Displayed price of one unit.',
  `_extra` string comment 'The record’s fields that the contract does not have, as a JSON object.',
  `_raw` string comment 'The record’s text as received, if the other columns do not reproduce it exactly.'
)
comment 'What visitors do in the shop: views, carts, purchases. The records that passed, typed.'
partitioned by (
  `batch` string comment 'The batch the record came in.'
)
row format serde 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
stored as inputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat'
outputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat'
location 's3://{bucket}/current/bronze_events/'
tblproperties (
  'classification' = 'parquet'
)
