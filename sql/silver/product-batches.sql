-- A row is a current product and the batch that it came with.
-- Inputs: winners, ranks.
select
  winners.product_id,
  ranks.batch
from winners
inner join ranks on winners.rank = ranks.rank
