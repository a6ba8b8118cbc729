-- A row is a product that was sold, as its newest line has it.
-- Inputs: lines.
select product_id, product_name as name, category, price, _file, _line
from lines
qualify row_number() over (partition by product_id order by order_date desc, _file desc, _line desc) = 1
