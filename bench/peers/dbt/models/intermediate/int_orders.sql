-- A row is the winning version of an order. order_no replaces its id within a run.
with winners as (
  {{
    winning_versions(
      ref("stg_orders"),
      ["order_id"],
      ["order_id", "user_id", "order_date", "total_amount", "status"],
    )
  }}
)
select * exclude (arrival), cast(arrival as int) as order_no
from winners
