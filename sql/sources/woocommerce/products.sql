-- A row is a product that was sold, as its newest order has it: a SKU, or a name where the line has no SKU.
-- Inputs: lines, catalogue.
select
  lines.product_id,
  lines.product_name as name,
  coalesce(catalogue.category, lines.category, '(uncategorised)') as category,
  case
    when regexp_full_match(lines.price, '\d{1,3}(\.?\d{3})*,\d{1,2}')
      then replace(replace(lines.price, '.', ''), ',', '.')
    when regexp_full_match(lines.price, '\d{1,3}(,\d{3})*(\.\d+)?') then replace(lines.price, ',', '')
    else lines.price
  end as price,
  catalogue.stock as current_stock,
  lines._file,
  lines._line
from lines
left join catalogue on catalogue.sku = lines.sku
where lines.product_id is not null
qualify row_number() over (
  partition by lines.product_id
  order by lines.ordered_at desc, lines._file desc, lines._line desc
) = 1
