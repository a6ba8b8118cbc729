-- Generated from tasks/contracts by `npm run sql:warehouse`; do not edit.
-- The table gold_event_funnel, for Athena. `crawl` makes the same table, and keeps its location and partitions current.
-- Slots: {bucket} (the lake's bucket).
create external table if not exists gold_event_funnel (
  `category` string comment 'The product’s current category; `(unknown)` for an unknown product.',
  `product_id` string comment 'The product.',
  `views` bigint comment '`product_view` events.',
  `carts` bigint comment '`add_to_cart` events.',
  `purchases` bigint comment '`purchase` events.',
  `view_to_cart` decimal(18,4) comment 'Carts ÷ views; null without views.',
  `cart_to_purchase` decimal(18,4) comment 'Purchases ÷ carts; null without carts.'
)
comment 'Funnel from view to purchase on a date: one row per product.'
partitioned by (
  `event_date` date comment 'The UTC date of the events.'
)
row format serde 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
stored as inputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat'
outputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat'
location 's3://{bucket}/current/gold_event_funnel/'
tblproperties (
  'classification' = 'parquet'
)
