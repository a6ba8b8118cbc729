-- A row is an order of the currency to load. Amounts are in the base currency of the shop's website.
-- Inputs: sales_order.
-- Parameters:
-- :currency text = ''   the base currency to load
with currencies as (
  select
    string_agg(distinct upper(base_currency_code), ', ' order by upper(base_currency_code)) as named,
    count(distinct upper(base_currency_code)) as number
  from sales_order
)
select sales_order.*
from sales_order
cross join currencies
where
  case
    when :currency <> '' then upper(base_currency_code) = upper(:currency)
    when number > 1 then error('The orders are in several currencies: ' || named || '. Choose one with --param currency=…')
    else true
  end
