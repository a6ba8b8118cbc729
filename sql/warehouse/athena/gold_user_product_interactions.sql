-- Generated from tasks/contracts by `npm run sql:warehouse`; do not edit.
-- The table gold_user_product_interactions, for Athena. `crawl` makes the same table, and keeps its location and partitions current.
-- Slots: {bucket} (the lake's bucket).
create external table if not exists gold_user_product_interactions (
  `user_id` string comment 'The user.',
  `product_id` string comment 'The product.',
  `views` bigint comment '`product_view` events.',
  `carts` bigint comment '`add_to_cart` events.',
  `purchases` bigint comment '`purchase` events.',
  `last_event_time` timestamp comment 'Time of the last event of any type, UTC.'
)
comment 'What a user did with a product on a date, as input for recommenders: one row per user and product.'
partitioned by (
  `event_date` date comment 'The UTC date of the events.'
)
row format serde 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
stored as inputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat'
outputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat'
location 's3://{bucket}/current/gold_user_product_interactions/'
tblproperties (
  'classification' = 'parquet'
)
