-- A row compares a category's sales on a date with the 28 calendar days before. A category has a row if it sold on any
-- of these days.
-- Inputs: anomalies (a period is a date, a series a category).
select
  period as order_date,
  series as category,
  cast(cents * 0.01 as decimal(18,2)) as amount,
  cast(expected_cents * 0.01 as decimal(18,2)) as expected,
  cast(hundredths * 0.01 as decimal(18,2)) as deviation,
  direction
from anomalies
