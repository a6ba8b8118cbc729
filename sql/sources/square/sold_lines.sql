-- A row is a line of a sale, not of a refund, at its price before discounts. What is sold by weight or length has a
-- fraction for a quantity: it counts as one unit at the line's amount.
-- Inputs: lines.
select
  *,
  case
    when units is null then quantity
    when units = trunc(units) then cast(cast(units as bigint) as varchar)
    else '1'
  end as whole_quantity,
  coalesce(
    cast(cast(gross / case when units = trunc(units) and units <> 0 then units else 1 end as decimal(18,6)) as varchar),
    gross_text
  ) as unit_price
from lines
where event_type <> 'Refund'
