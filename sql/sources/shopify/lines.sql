-- A row is a line of an order. It carries the columns of its order, which the export fills on the first line only.
-- Lines are numbered in each copy of an order: an order that two files hold is two versions of the same lines.
-- A line whose order's first line is in none of the files is left out, and so is an order in another currency.
-- Inputs: source.
-- Parameters:
-- :currency text = ''   the currency to load
with copies as (
  select
    *,
    greatest(count("Total") over (partition by "Name" order by _file, _line), 1) as copy,
    count("Total") over (partition by "Name") as copies
  from source
),
numbered as (
  select
    _file,
    _line,
    "Name" as order_id,
    first_value("Email" ignore nulls) over copy_lines as email,
    first_value("Financial Status" ignore nulls) over copy_lines as financial_status,
    first_value("Cancelled at" ignore nulls) over copy_lines as cancelled_at,
    first_value("Created at" ignore nulls) over copy_lines as created_at,
    first_value("Total" ignore nulls) over copy_lines as total,
    upper(first_value("Currency" ignore nulls) over copy_lines) as currency,
    row_number() over (partition by "Name", copy order by _file, _line) as line_number,
    coalesce("Lineitem sku", "Lineitem name") as product_id,
    "Lineitem sku" as sku,
    "Lineitem name" as product_name,
    "Lineitem quantity" as quantity,
    "Lineitem price" as price,
    "Vendor" as vendor
  from copies
  where copies > 0
  window copy_lines as (
    partition by "Name", copy
    order by _file, _line
    rows between unbounded preceding and unbounded following
  )
),
currencies as (
  select string_agg(distinct currency, ', ' order by currency) as named, count(distinct currency) as number
  from numbered
)
select numbered.*
from numbered
cross join currencies
where
  case
    when :currency <> '' then currency = upper(:currency)
    when number > 1 then error('The orders are in several currencies: ' || named || '. Choose one with --param currency=…')
    else true
  end
