-- A row is a variant of the products export, by its SKU. The export names the type on a product's first row only.
-- Stock below zero, which oversold variants have, is none.
-- Inputs: products_export.
with filled as (
  select
    _file,
    _line,
    "Variant SKU" as sku,
    first_value(coalesce("Type", "Product Category") ignore nulls) over (
      partition by "Handle"
      order by _file, _line
      rows between unbounded preceding and unbounded following
    ) as category,
    "Variant Inventory Qty" as inventory
  from products_export
)
select
  sku,
  category,
  case when try_cast(inventory as int) < 0 then '0' else inventory end as stock
from filled
where sku is not null
qualify row_number() over (partition by sku order by _file desc, _line desc) = 1
