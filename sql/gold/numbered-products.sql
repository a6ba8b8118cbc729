-- A row: a product of the catalogue with a whole number in place of its id, and one in place of its category,
-- because counting distinct numbers costs half of counting distinct texts. The numbers hold for one run only.
-- Inputs: products.
select
	product_id,
	name,
	category,
	cast(row_number() over (order by product_id) as int) as product_no,
	cast(dense_rank() over (order by category) as int) as category_no
from products
