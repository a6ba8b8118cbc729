-- A row is a date that holds a product that changed.
-- Inputs: product_rows (rows of Gold, each with a product_id), product_changes. Slots: {date} (the column of their date).
select distinct cast({date} as varchar) as date
from product_rows
where product_id in (select product_id from product_changes)
