-- A row is a row of the export with its amounts as decimals. A sold line has its number in the transaction.
-- An amount has a currency sign, separators of thousands, and a minus or brackets below zero: -$1,234.50, ($3.00),
-- 1.234,50 €. One that has another form is null.
-- Inputs: source.
-- Parameters:
-- :date_format text = '%m/%d/%y'   how a date is written that is not YYYY-MM-DD
with amounts as (
  select
    *,
    list_transform(
      ["Gross Sales", "Net Sales", coalesce("Tax", '0')],
      lambda amount: try_cast(
        if(regexp_matches(amount, '[(-]'), '-', '')
        || case
          when regexp_full_match(amount, '[^0-9.,]*(\d{1,3}(,\d{3})+|\d+)(\.\d+)?[^0-9.,]*')
            then regexp_replace(amount, '[^0-9.]', '', 'g')
          when regexp_full_match(amount, '[^0-9.,]*(\d{1,3}(\.\d{3})+|\d+),\d{1,2}[^0-9.,]*')
            then replace(regexp_replace(amount, '[^0-9,]', '', 'g'), ',', '.')
        end
        as decimal(18,4)
      )
    ) as decimals
  from source
)
select
  _file,
  _line,
  "Transaction ID" as order_id,
  "Payment ID" as payment_id,
  coalesce("Event Type", '') as event_type,
  row_number() over (partition by _file, "Transaction ID", "Event Type" = 'Refund' order by _line) as line_number,
  "Customer ID" as customer_id,
  coalesce(strftime(try_strptime("Date", ['%Y-%m-%d', :date_format]), '%Y-%m-%d'), "Date") as sold_on,
  "Time" as sold_at,
  coalesce(nullif("Category", 'None'), '(uncategorised)') as category,
  coalesce(
    "SKU",
    concat_ws(' - ', "Item", case when "Price Point Name" <> 'Regular' then "Price Point Name" end)
  ) as product_id,
  concat_ws(' - ', "Item", case when "Price Point Name" <> 'Regular' then "Price Point Name" end) as product_name,
  "Qty" as quantity,
  try_cast("Qty" as decimal(18,4)) as units,
  "Gross Sales" as gross_text,
  decimals[1] as gross,
  decimals[2] + decimals[3] as paid,
  if(decimals[2] is null, "Net Sales", "Tax") as paid_text
from amounts
