-- A row is a row of the export with the columns of its order, which the plugin may fill on the first row only.
-- Orders in another currency are left out. A row of a coupon has no product.
-- Inputs: source.
-- Parameters:
-- :currency text = ''   the currency to load
with filled as (
  select
    * exclude ("Order Number"),
    last_value("Order Number" ignore nulls) over (partition by _file order by _line) as order_id
  from source
),
numbered as (
  select
    _file,
    _line,
    order_id,
    row_number() over (partition by _file, order_id order by _line) as order_row,
    first_value("Email (Billing)" ignore nulls) over order_rows as email,
    first_value("Order Status" ignore nulls) over order_rows as status,
    first_value("Order Date" ignore nulls) over order_rows as ordered_at,
    first_value("Order Total Amount" ignore nulls) over order_rows as total,
    first_value("Order Refund Amount" ignore nulls) over order_rows as refunded,
    upper(first_value("Order Currency" ignore nulls) over order_rows) as currency,
    "Item #" as line_number,
    coalesce("SKU", "Item Name") as product_id,
    "SKU" as sku,
    "Item Name" as product_name,
    coalesce("Quantity", "Quantity (- Refund)") as quantity,
    "Item Cost" as price,
    "Category" as category
  from filled
  window order_rows as (
    partition by _file, order_id
    order by _line
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
    when :currency <> '' then currency is null or currency = upper(:currency)
    when number > 1 then error('The orders are in several currencies: ' || named || '. Choose one with --param currency=…')
    else true
  end
