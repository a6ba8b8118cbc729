-- A row is a product that is in one catalogue and not in the other.
-- Inputs: products, other_products.
select product_id
from products
where product_id not in (select product_id from other_products)
