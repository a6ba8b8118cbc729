-- Generated from tasks/contracts by `npm run sql:warehouse`; do not edit.
-- The table silver_products, for Athena. `crawl` makes the same table, and keeps its location and partitions current.
-- Slots: {bucket} (the lake's bucket).
create external table if not exists silver_products (
  `product_id` string comment 'Identifies the product.',
  `name` string comment 'The product’s name.',
  `category` string comment 'The category it is sold under.',
  `price` decimal(12,2) comment 'List price of one unit.',
  `rating` double comment 'Mean customer rating, 0 to 5.',
  `current_stock` int comment 'Units in stock.',
  `forecasted_demand` int comment 'Units that the source expects to sell; 0 until there is a forecast.'
)
comment 'The product catalogue, a snapshot: the last record of a product is the current one.'
row format serde 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
stored as inputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat'
outputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat'
location 's3://{bucket}/current/silver_products/'
tblproperties (
  'classification' = 'parquet'
)
