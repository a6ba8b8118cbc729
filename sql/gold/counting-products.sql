-- A row is a product that sold on a date: the orders that hold it, and those in which it is the first product of its
-- category. Summed over a category, the latter count each of its orders once.
-- Inputs: counting_lines.
-- Each line is compared with the one before it in its order, by product: one pass, where a distinct count of the orders
-- of products and another of those of categories cost twice as much. The line before is of the same category unless its
-- product has a smaller number than the category: see numbered-products.sql.
with lines as (
  select
    order_date,
    product_no,
    category_no,
    is_returned,
    coalesce(lag(product_no) over (partition by order_no order by product_no), 0) as product_before
  from counting_lines
  where product_no is not null
)
select
  order_date,
  product_no,
  category_no,
  count(case when product_before < product_no then 1 end) as orders,
  count(case when product_before < category_no then 1 end) as first_of_category,
  count(case when product_before < category_no and is_returned then 1 end) as returned_first_of_category
from lines
group by order_date, product_no, category_no
