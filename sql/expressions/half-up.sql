-- The quotient a ÷ b of whole numbers that aren't negative, rounded half-up to a whole number; null where b is 0.
-- Slots: {a}, {b} (columns, numbers, or arithmetic of these).
-- It is (2a + b) div 2b. The remainder is subtracted before the division, so the quotient is whole and exact even on an
-- engine that divides in floating point. That holds below 2^53, so it is computed in two parts: billions, then ones.
(
  cast(
    (2 * {a} + {b} - mod(2 * {a} + {b}, nullif(cast(2000000000 as bigint) * {b}, 0)))
    / nullif(cast(2000000000 as bigint) * {b}, 0)
    as decimal(38,0)
  ) * 1000000000
  + cast(
    (mod(2 * {a} + {b}, nullif(cast(2000000000 as bigint) * {b}, 0)) - mod(2 * {a} + {b}, nullif(2 * {b}, 0)))
    / nullif(2 * {b}, 0)
    as decimal(38,0)
  )
)
