-- A row is a current product as a candidate: it arrived before all that is new of its batch.
-- Inputs: products, product_batches, ranks. Slots: {columns} (of a product, each by its table).
select
  {columns},
  ranks.rank,
  0 as position
from products
inner join product_batches on products.product_id = product_batches.product_id
inner join ranks on product_batches.batch = ranks.batch
