-- Generated from tasks/contracts by `npm run sql:warehouse`; do not edit.
-- The table live_orders, for Athena. `crawl` makes the same table, and keeps its location and partitions current.
-- Slots: {bucket} (the lake's bucket).
create external table if not exists live_orders (
  `orderid` string comment 'The order: a four-digit number, which is reused.',
  `product_name` string comment 'What was sold.',
  `quantity` string comment 'Units sold.',
  `price` string comment 'Price of one unit.',
  `event_type` string comment 'What happened to the item: `INSERT`, `MODIFY`, or `UNKNOWN` if the stream does not say.',
  `event_time` string comment 'When it happened, as sent: epoch seconds, ISO, or empty.',
  `event_id` string comment 'Identifies the change; the stream may deliver it more than once.'
)
comment 'Changes of OrderTable as Firehose delivered them, each value as text; a malformed line is null in every column.'
partitioned by (
  `day` string comment 'The UTC date of delivery, as YYYY/MM/DD.'
)
row format serde 'org.openx.data.jsonserde.JsonSerDe'
with serdeproperties (
  'ignore.malformed.json' = 'true'
)
stored as inputformat 'org.apache.hadoop.mapred.TextInputFormat'
outputformat 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
location 's3://{bucket}/bronze/live_orders/'
tblproperties (
  'classification' = 'json',
  'projection.enabled' = 'true',
  'projection.day.type' = 'date',
  'projection.day.format' = 'yyyy/MM/dd',
  'projection.day.range' = '2026/01/01,NOW',
  'projection.day.interval' = '1',
  'projection.day.interval.unit' = 'DAYS',
  'storage.location.template' = 's3://{bucket}/bronze/live_orders/${day}/'
)
