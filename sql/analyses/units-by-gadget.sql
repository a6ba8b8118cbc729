-- How many units of each gadget were sold live today?
-- A row is one product, in any order. Today is the UTC date on which the records were delivered.
-- Reads: gadget_sales.
-- Columns:
-- product_name (text): the product
-- total_units (units): units sold
SELECT product_name, SUM(quantity) as total_units
FROM gadget_sales
WHERE date = CURRENT_DATE
GROUP BY product_name
