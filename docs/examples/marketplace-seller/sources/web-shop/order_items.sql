-- A row is a line of an order.
-- Inputs: lines.
select order_id, line_number, product_id, quantity, price as unit_price, _file, _line
from lines
