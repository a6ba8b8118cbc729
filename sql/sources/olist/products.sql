-- A row is a product of the catalogue that was sold, at the price of its last item. The data set names no products:
-- a name is the category and the beginning of the id. A product that nobody bought has no price, and is left out.
-- Inputs: olist_products, olist_order_items, category_translation, olist_reviews.
with prices as (
  select product_id, last(price order by _file, _line) as price
  from olist_order_items
  group by product_id
),
ratings as (
  select bought.product_id, avg(try_cast(olist_reviews.review_score as int)) as rating
  from (select distinct order_id, product_id from olist_order_items) as bought
  inner join olist_reviews on olist_reviews.order_id = bought.order_id
  group by bought.product_id
),
translations as (
  select product_category_name, min(product_category_name_english) as english
  from category_translation
  group by product_category_name
),
named as (
  select
    olist_products.product_id,
    coalesce(translations.english, olist_products.product_category_name, '(uncategorised)') as category,
    olist_products._file,
    olist_products._line
  from olist_products
  left join translations on translations.product_category_name = olist_products.product_category_name
)
select
  named.product_id,
  named.category || ' ' || left(named.product_id, 8) as name,
  named.category,
  prices.price,
  ratings.rating,
  named._file,
  named._line
from named
inner join prices on prices.product_id = named.product_id
left join ratings on ratings.product_id = named.product_id
