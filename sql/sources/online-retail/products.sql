-- A row is a product, as its newest line with a description has it. Codes that are not goods have a category of their
-- own; those of goods begin with five digits, DCGS or SP. The data set has no other categories: a file categories.csv
-- of the user's gives them, by stock code.
-- Inputs: lines, categories.
select
  lines.stock_code as product_id,
  coalesce(lines.description, lines.stock_code) as name,
  case
    when categories.category is not null then categories.category
    when regexp_matches(lines.stock_code, '^(\d{5}|DCGS\d|SP\d)') then '(uncategorised)'
    else 'Postage, charges and vouchers'
  end as category,
  lines.price,
  lines._file,
  lines._line
from lines
left join categories on categories.sku = lines.stock_code
qualify row_number() over (
  partition by lines.stock_code
  order by
    lines.is_credit,
    lines.description is null,
    lines.invoiced_at desc,
    lines._file desc,
    lines._line desc,
    categories._line desc
) = 1
