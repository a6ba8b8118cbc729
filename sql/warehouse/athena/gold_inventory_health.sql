-- Generated from tasks/contracts by `npm run sql:warehouse`; do not edit.
-- The table gold_inventory_health, for Athena. `crawl` makes the same table, and keeps its location and partitions current.
-- Slots: {bucket} (the lake's bucket).
create external table if not exists gold_inventory_health (
  `product_id` string comment 'The product.',
  `name` string comment 'The product’s name.',
  `category` string comment 'The product’s category.',
  `current_stock` int comment 'Units in stock, from the product’s last record.',
  `units_7d` bigint comment 'Units sold in the 7 calendar days up to the newest order date.',
  `units_30d` bigint comment 'Units sold in the 30 calendar days up to the newest order date.',
  `daily_demand` decimal(18,4) comment '`units_30d` ÷ 30.',
  `days_of_cover` decimal(18,1) comment 'Stock ÷ exact daily demand, to one place; null without demand.',
  `forecasted_demand` bigint comment 'Units expected in the next 7 days.',
  `status` string comment '`unknown`, `out`, `idle`, `low` (< 7 days), `over` (> 60) or `ok`.'
)
comment 'Stock compared with demand: one row per product.'
row format serde 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
stored as inputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat'
outputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat'
location 's3://{bucket}/current/gold_inventory_health/'
tblproperties (
  'classification' = 'parquet'
)
