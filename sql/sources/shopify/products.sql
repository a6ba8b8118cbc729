-- A row is a product that was sold, as its newest order has it: a SKU, or a name where the line has no SKU.
-- Inputs: lines, variants.
select
  lines.product_id,
  lines.product_name as name,
  coalesce(variants.category, lines.vendor, '(uncategorised)') as category,
  lines.price,
  variants.stock as current_stock,
  lines._file,
  lines._line
from lines
left join variants on variants.sku = lines.sku
qualify row_number() over (
  partition by lines.product_id
  order by lines.created_at desc, lines._file desc, lines._line desc
) = 1
