-- A row is a product that was sold, as its newest sale has it: a SKU, or the item and its price point without one.
-- Inputs: sold_lines.
select
  product_id,
  product_name as name,
  category,
  unit_price as price,
  _file,
  _line
from sold_lines
qualify row_number() over (
  partition by product_id
  order by sold_on desc, sold_at desc, _file desc, _line desc
) = 1
