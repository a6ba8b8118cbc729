-- A row is a product line of an order at its price after discounts, without tax.
-- A line of which all units were refunded has no quantity where the export lacks the column Quantity: it is left out.
-- Inputs: lines.
select
  order_id,
  line_number,
  product_id,
  quantity,
  case
    when regexp_full_match(price, '\d{1,3}(\.?\d{3})*,\d{1,2}') then replace(replace(price, '.', ''), ',', '.')
    when regexp_full_match(price, '\d{1,3}(,\d{3})*(\.\d+)?') then replace(price, ',', '')
    else price
  end as unit_price,
  _file,
  _line
from lines
where product_id is not null and quantity is distinct from '0'
