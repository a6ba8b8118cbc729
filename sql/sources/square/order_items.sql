-- A row is a line of a sale.
-- Inputs: sold_lines.
select
  order_id,
  line_number,
  product_id,
  whole_quantity as quantity,
  unit_price,
  _file,
  _line
from sold_lines
