-- Generated from tasks/contracts by `npm run sql:warehouse`; do not edit.
-- The table bronze_products, for Athena. `crawl` makes the same table, and keeps its location and partitions current.
-- Slots: {bucket} (the lake's bucket).
create external table if not exists bronze_products (
  `_file` int comment 'Which of the batch’s source files the record came from, from 0.',
  `_line` bigint comment 'The line of its source file on which the record begins, from 1; of Parquet the number of its row.',
  `product_id` string comment 'Identifies the product.',
  `name` string comment 'The product’s name.',
  `category` string comment 'The category it is sold under.',
  `price` decimal(12,2) comment 'List price of one unit.',
  `rating` double comment 'Mean customer rating, 0 to 5.',
  `current_stock` int comment 'Units in stock.',
  `forecasted_demand` int comment 'Units that the source expects to sell; 0 until there is a forecast.',
  `_extra` string comment 'The record’s fields that the contract does not have, as a JSON object.',
  `_raw` string comment 'The record’s text as received, if the other columns do not reproduce it exactly.'
)
comment 'The product catalogue, a snapshot: the last record of a product is the current one. The records that passed, typed.'
partitioned by (
  `batch` string comment 'The batch the record came in.'
)
row format serde 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
stored as inputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat'
outputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat'
location 's3://{bucket}/current/bronze_products/'
tblproperties (
  'classification' = 'parquet'
)
