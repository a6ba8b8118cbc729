-- A row is a product with a number that replaces its id, and one that replaces its category. Counting distinct numbers
-- costs half as much as counting distinct texts. The numbers are valid within one run only.
-- Inputs: products.
select
  product_id,
  name,
  category,
  cast(row_number() over (order by product_id) as int) as product_no,
  cast(dense_rank() over (order by category) as int) as category_no
from products
