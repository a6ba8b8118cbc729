-- A row is a product of the products export that has a SKU. Its category is the first that it lists, at the top level.
-- A variation has its parent's: the export names the parent by its SKU, or as id:123.
-- Inputs: product_export.
with first_categories as (
  select
    *,
    trim(split_part(split_part("Categories", ',', 1), '>', 1)) as category
  from product_export
)
select
  variant."SKU" as sku,
  coalesce(variant.category, parent.category) as category,
  case when try_cast(variant."Stock" as int) < 0 then '0' else variant."Stock" end as stock
from first_categories as variant
left join first_categories as parent
  on variant."Parent" = parent."SKU" or variant."Parent" = 'id:' || parent."ID"
where variant."SKU" is not null
qualify row_number() over (
  partition by variant."SKU"
  order by variant._file desc, variant._line desc, parent._line desc
) = 1
