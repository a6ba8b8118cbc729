-- A row compares a product's live sales in an hour with the 24 hours before. Hours in which nothing sold have no rows;
-- in the others each product has a row that sold in the hour or in the 24 before.
-- Inputs: anomalies (a period is an hour, a series a product).
select
  cast(period as date) as sale_date,
  period as hour,
  series as product_name,
  cast(cents * 0.01 as bigint) as units,
  cast(expected_cents * 0.01 as decimal(38,2)) as expected,
  cast(hundredths * 0.01 as decimal(38,2)) as deviation,
  direction
from anomalies
