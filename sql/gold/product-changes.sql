-- A row is a product whose name or category differs between two catalogues, or that only one of them has.
-- Inputs: products_before, products_after.
select
  coalesce(products_before.product_id, products_after.product_id) as product_id,
  products_before.product_id is null as is_new
from products_before
full outer join products_after on products_after.product_id = products_before.product_id
where products_before.name is distinct from products_after.name
  or products_before.category is distinct from products_after.category
