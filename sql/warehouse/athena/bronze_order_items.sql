-- Generated from tasks/contracts by `npm run sql:warehouse`; do not edit.
-- The table bronze_order_items, for Athena. `crawl` makes the same table, and keeps its location and partitions current.
-- Slots: {bucket} (the lake's bucket).
create external table if not exists bronze_order_items (
  `_file` int comment 'Which of the batch’s source files the record came from, from 0.',
  `_line` bigint comment 'The line of its source file on which the record begins, from 1; of Parquet the number of its row.',
  `order_id` string comment 'The order the line belongs to.',
  `line_number` int comment 'The line’s number in its order; required if an order has a product on two lines.',
  `product_id` string comment 'The product sold.',
  `quantity` int comment 'Units sold.',
  `unit_price` decimal(12,2) comment 'Price of one unit.',
  `_extra` string comment 'The record’s fields that the contract does not have, as a JSON object.',
  `_raw` string comment 'The record’s text as received, if the other columns do not reproduce it exactly.'
)
comment 'Order lines, one product each. The records that passed, typed.'
partitioned by (
  `batch` string comment 'The batch the record came in.'
)
row format serde 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
stored as inputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat'
outputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat'
location 's3://{bucket}/current/bronze_order_items/'
tblproperties (
  'classification' = 'parquet'
)
