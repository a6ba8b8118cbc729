-- A row is a product of the products export. Its category is the one below the root in the first path that it lists.
-- Rows of a store view, which hold translations, are left out. Stock below zero is none.
-- Inputs: catalog_product.
select
  sku,
  nullif(split_part(split_part(categories, ',', 1), '/', 2), '') as category,
  case
    when try_cast(qty as decimal(18,4)) < 0 then '0'
    else coalesce(cast(cast(trunc(try_cast(qty as decimal(18,4))) as bigint) as varchar), qty)
  end as stock
from catalog_product
where store_view_code is null
qualify row_number() over (partition by sku order by _file desc, _line desc) = 1
