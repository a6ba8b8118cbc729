{%- set columns = [
  "product_id", "category", "name", "price", "rating", "current_stock", "forecasted_demand"
] -%}
with records as (
  {{ read_records("products", columns) }}
),
filled as (
  select
    arrival,
    {%- for column in columns %}
    nullif(trim({{ column }}), '') as {{ column }}{{ "," if not loop.last }}
    {%- endfor %}
  from records
)
select
  arrival,
  product_id,
  name,
  category,
  try_cast(price as decimal(12,2)) as price,
  try_cast(rating as double) as rating,
  {{ whole("current_stock") }} as current_stock,
  {{ whole("forecasted_demand") }} as forecasted_demand
from filled
where product_id is not null
  and name is not null
  and category is not null
  and try_cast(price as decimal(12,2)) >= 0
  and (rating is null or coalesce(try_cast(rating as double) between 0 and 5, false))
  and (current_stock is null or coalesce({{ whole("current_stock") }} >= 0, false))
  and (forecasted_demand is null or ({{ whole("forecasted_demand") }}) is not null)
