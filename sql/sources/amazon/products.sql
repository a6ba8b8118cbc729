-- A row is a product that was sold, as its newest line has it. The report has no categories: a file
-- categories.csv of the user's gives them, by SKU.
-- Inputs: lines, categories.
select
  lines.product_id,
  lines.product_name as name,
  coalesce(categories.category, '(uncategorised)') as category,
  lines.unit_price as price,
  lines._file,
  lines._line
from lines
left join categories on categories.sku = lines.product_id
where coalesce(item_status, '') not in ('Cancelled', 'Canceled') and quantity is distinct from '0'
qualify row_number() over (
  partition by lines.product_id
  order by lines.purchased_at desc, lines._file desc, lines._line desc, categories._line desc
) = 1
