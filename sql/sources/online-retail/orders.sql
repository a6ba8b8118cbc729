-- A row is an invoice, or a credit note (C…) as a cancelled order: it doesn't count, and its total is what was credited.
-- The data set doesn't say which invoice a credit note belongs to.
-- Inputs: lines.
select
  invoice as order_id,
  coalesce(min(customer_id), 'guest:' || invoice) as user_id,
  if(regexp_matches(min(invoiced_at), '^\d{4}-\d\d-\d\d '), left(min(invoiced_at), 10), min(invoiced_at)) as order_date,
  case
    when count(units) < count(*) then min(quantity) filter (where units is null)
    when count(amount) < count(*) then min(price) filter (where amount is null)
    else cast(sum(abs(units) * amount) as varchar)
  end as total_amount,
  if(bool_and(is_credit), 'cancelled', 'completed') as status,
  _file,
  min(_line) as _line
from lines
group by _file, invoice
