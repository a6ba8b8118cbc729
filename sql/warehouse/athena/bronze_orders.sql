-- Generated from tasks/contracts by `npm run sql:warehouse`; do not edit.
-- The table bronze_orders, for Athena. `crawl` makes the same table, and keeps its location and partitions current.
-- Slots: {bucket} (the lake's bucket).
create external table if not exists bronze_orders (
  `_file` int comment 'Which of the batch’s source files the record came from, from 0.',
  `_line` bigint comment 'The line of its source file on which the record begins, from 1; of Parquet the number of its row.',
  `order_id` string comment 'Identifies the order.',
  `user_id` string comment 'The customer who placed it.',
  `order_date` timestamp comment 'The UTC date on which it was placed.',
  `total_amount` decimal(12,2) comment 'What the customer pays for the whole order.',
  `status` string comment 'The state of the order. Gold figures leave out cancelled orders.',
  `_extra` string comment 'The record’s fields that the contract does not have, as a JSON object.',
  `_raw` string comment 'The record’s text as received, if the other columns do not reproduce it exactly.'
)
comment 'Orders of the shop. Sources send a record for each state of an order; Silver has the latest. The records that passed, typed.'
partitioned by (
  `batch` string comment 'The batch the record came in.'
)
row format serde 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
stored as inputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat'
outputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat'
location 's3://{bucket}/current/bronze_orders/'
tblproperties (
  'classification' = 'parquet'
)
