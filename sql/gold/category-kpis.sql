-- A row: the KPIs of a category that sold on a date. An order that holds the category twice counts once.
-- Inputs: counting_lines, numbered_products.
-- Half-up of a ÷ b in whole numbers: (2a + b) div 2b. Only what is left after taking the remainder off is divided,
-- so the quotient is whole and comes out exact from an engine that divides in floating point, too.
with category_days as (
	select
		order_date,
		category_no,
		count(distinct order_no) as orders,
		cast(sum(line_amount) as decimal(18,2)) as revenue
	from counting_lines
	group by order_date, category_no
),
return_days as (
	select order_date, category_no, count(distinct order_no) as returned
	from counting_lines
	where is_returned
	group by order_date, category_no
),
fractions as (
	select
		category_days.order_date,
		category_days.category_no,
		category_days.revenue,
		2 * cast(category_days.revenue * 100 as bigint) + category_days.orders as cents_an_order,
		2 * 1000000 * coalesce(return_days.returned, 0) + category_days.orders as return_rate,
		2 * category_days.orders as twice_orders
	from category_days
	left join return_days
		on return_days.order_date = category_days.order_date and return_days.category_no = category_days.category_no
),
categories as (
	select distinct category_no, category
	from numbered_products
)
select
	fractions.order_date,
	categories.category,
	fractions.revenue as daily_revenue,
	cast(cast((cents_an_order - mod(cents_an_order, twice_orders)) / twice_orders as bigint) * 0.01 as decimal(18,2))
		as avg_order_value,
	cast(cast((return_rate - mod(return_rate, twice_orders)) / twice_orders as bigint) * 0.0001 as decimal(18,4))
		as avg_return_rate
from fractions
inner join categories on categories.category_no = fractions.category_no
