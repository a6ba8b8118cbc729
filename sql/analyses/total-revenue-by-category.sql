-- How much revenue has each category brought over all dates?
-- A row is one category, the strongest first.
-- Reads: gold_daily_sales.
-- Columns:
-- category (text): the category
-- total_revenue (money): sum of quantity × unit price
SELECT category, SUM(amount) as total_revenue
FROM "ecommerce_analytics_db"."gold_daily_sales"
GROUP BY category
ORDER BY total_revenue DESC;
