-- A row is a line of a sale, with its date and its price as shoplake reads them. Order numbers get a W, so that they
-- are told apart from Amazon's.
-- Inputs: source.
select
  'W-' || "Bestellnr" as order_id,
  row_number() over (partition by "Bestellnr" order by _file, _line) as line_number,
  lower("Kunde") as user_id,
  coalesce(strftime(try_strptime("Datum", '%d.%m.%Y'), '%Y-%m-%d'), "Datum") as order_date,
  "Artikelnr" as product_id,
  "Bezeichnung" as product_name,
  "Warengruppe" as category,
  "Menge" as quantity,
  replace(replace("Preis", '.', ''), ',', '.') as price,
  "Status" as status,
  _file,
  _line
from source
