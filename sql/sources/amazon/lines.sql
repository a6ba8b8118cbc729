-- A row is a line of an order with its amounts as decimals; one that can't be parsed makes `charged` null.
-- Left out are orders in another currency, and orders that are pending: the report has no price for them yet.
-- Inputs: source.
-- Parameters:
-- :currency text = ''        the currency to load
-- :tax      text = 'added'   whether prices exclude tax (added) or not (included)
with currencies as (
  select
    string_agg(distinct upper(currency), ', ' order by upper(currency)) as named,
    count(distinct upper(currency)) as number
  from source
),
priced as (
  select
    *,
    max("currency") over (partition by _file, "amazon-order-id") as order_currency,
    list_transform(
      [
        "item-price", "shipping-price", "gift-wrap-price", "item-tax", "shipping-tax", "gift-wrap-tax",
        "item-promotion-discount", "ship-promotion-discount"
      ],
      lambda amount: try_cast(coalesce(amount, '0') as decimal(18,4))
    ) as amounts
  from source
  where "order-status" not like 'Pending%' or "item-price" is not null
)
select
  _file,
  _line,
  "amazon-order-id" as order_id,
  row_number() over (partition by _file, "amazon-order-id" order by _line) as line_number,
  "purchase-date" as purchased_at,
  "order-status" as status,
  "item-status" as item_status,
  coalesce("sku", "asin", "product-name") as product_id,
  "product-name" as product_name,
  "quantity" as quantity,
  coalesce(
    cast(cast(amounts[1] / nullif(try_cast("quantity" as int), 0) as decimal(18,6)) as varchar),
    "item-price"
  ) as unit_price,
  amounts[1] + amounts[2] + amounts[3]
  + case :tax
    when 'added' then amounts[4] + amounts[5] + amounts[6]
    when 'included' then 0
    else error('--param tax=' || :tax || ': the value must be added or included.')
  end
  - abs(amounts[7]) - abs(amounts[8]) as charged,
  concat_ws(' ', "item-price", "shipping-price", "item-tax") as charged_text
from priced
cross join currencies
where
  case
    when :currency <> '' then order_currency is null or upper(order_currency) = upper(:currency)
    when number > 1 then error('The orders are in several currencies: ' || named || '. Choose one with --param currency=…')
    else true
  end
