-- A row is a row of either edition under one name a column.
-- A price may have a decimal comma; a customer's number may have been read as a decimal.
-- Inputs: source.
-- Parameters:
-- :date_format text = '%m/%d/%Y %H:%M'   how a date is written that is not ISO
with renamed as (
  select
    _file,
    _line,
    coalesce("InvoiceNo", "Invoice") as invoice,
    trim("StockCode") as stock_code,
    trim("Description") as description,
    "Quantity" as quantity,
    regexp_replace(coalesce("UnitPrice", "Price"), '^(-?\d+),(\d+)$', '\1.\2') as price,
    regexp_replace(coalesce("CustomerID", "Customer ID"), '\.0$', '') as customer_id,
    coalesce(
      strftime(try_strptime("InvoiceDate", :date_format), '%Y-%m-%d %H:%M'),
      if(
        regexp_matches("InvoiceDate", '^\d{4}-\d\d-\d\d[T ]\d\d:\d\d'),
        replace(left("InvoiceDate", 16), 'T', ' '),
        "InvoiceDate"
      )
    ) as invoiced_at
  from source
)
select
  *,
  try_cast(quantity as int) as units,
  try_cast(price as decimal(18,4)) as amount,
  coalesce(starts_with(upper(invoice), 'C'), false) as is_credit,
  coalesce(starts_with(upper(invoice), 'A'), false) as is_adjustment
from renamed
