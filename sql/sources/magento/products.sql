-- A row is a product that was sold, as its newest item has it.
-- Inputs: loaded_items, catalogue.
select
  loaded_items.sku as product_id,
  loaded_items.name,
  coalesce(catalogue.category, '(uncategorised)') as category,
  loaded_items.base_price as price,
  catalogue.stock as current_stock,
  loaded_items._file,
  loaded_items._line
from loaded_items
left join catalogue on catalogue.sku = loaded_items.sku
qualify row_number() over (
  partition by loaded_items.sku
  order by try_cast(loaded_items.item_id as bigint) desc, loaded_items._file desc, loaded_items._line desc
) = 1
