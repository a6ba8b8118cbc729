-- A row is a line of an order at its price before promotions. A cancelled line, which has no quantity, is left out.
-- Inputs: lines.
select
  order_id,
  line_number,
  product_id,
  quantity,
  unit_price,
  _file,
  _line
from lines
where coalesce(item_status, '') not in ('Cancelled', 'Canceled') and quantity is distinct from '0'
