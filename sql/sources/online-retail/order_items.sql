-- A row is a line of an invoice or of a credit note. What came back is positive: its order is cancelled.
-- Inputs: lines.
select
  invoice as order_id,
  line_number,
  stock_code as product_id,
  if(is_credit and units < 0, cast(-units as varchar), quantity) as quantity,
  price as unit_price,
  _file,
  _line
from lines
