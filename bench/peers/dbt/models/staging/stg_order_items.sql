with records as (
  {{ read_records("order_items", ["order_id", "line_number", "product_id", "quantity", "unit_price"]) }}
),
typed as (
  select
    arrival,
    trim(order_id) as order_id,
    {{ whole("line_number") }} as line_number,
    trim(product_id) as product_id,
    {{ whole("quantity") }} as quantity,
    try_cast(unit_price as decimal(12,2)) as unit_price
  from records
)
select *
from typed
where order_id <> ''
  and product_id <> ''
  and line_number is not null
  and quantity > 0
  and unit_price >= 0
