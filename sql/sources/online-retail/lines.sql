-- A row is a line of an invoice or of a credit note, numbered in its file: the editions share nine days.
-- Left out is what nobody bought: corrections of bad debt (A…), corrections of stock (a negative quantity without a
-- credit note, or no price and no customer).
-- Inputs: rows.
select
  *,
  row_number() over (partition by _file, invoice order by _line) as line_number
from rows
where
  not is_adjustment
  and coalesce(units > 0 or is_credit, true)
  and not (customer_id is null and coalesce(amount = 0, false))
