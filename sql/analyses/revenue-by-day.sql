-- How much does the shop sell on each day?
-- A row is one day with orders, the oldest first.
-- Reads: gold_order_kpis.
-- Parameters:
-- :from date = 0001-01-01   first order date
-- :to   date = 9999-12-31   last order date
-- Columns:
-- order_date (date): the day
-- orders (orders): orders that are not cancelled
-- revenue (money): sum of what their customers pay
-- units (units): units sold
-- customers (customers): customers who ordered
select
  order_date,
  total_orders as orders,
  total_revenue as revenue,
  total_items_sold as units,
  unique_customers as customers
from gold_order_kpis
where order_date between :from and :to
order by order_date
