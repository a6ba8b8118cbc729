-- A row is a version of a contested order item. A winner that waits is an orphan.
-- Inputs: versions (the rows of winners.sql, with waits_for of orphans.sql).
select
  *,
  is_winner and waits_for is not null as is_orphan
from versions
