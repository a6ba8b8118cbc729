import { listDates } from '../platform/dates';
import { barChart, lineChart, type Mark, sparkline } from './charts';
import type { Formats } from './formats';
import { type Html, html, nameText } from './html';
import { mostCategories, type ReportData } from './read-report';
import { addDays, countDays } from './report-range';
import type { ReportRow } from './report-row';
import { type Column, largestOf, table, tableBehind, withBar } from './table';

type Section = (data: ReportData, formats: Formats) => Html;

const measures: Readonly<Record<string, { title: string; format: keyof Formats }>> = {
	revenue: { title: 'Revenue', format: 'money' },
	orders: { title: 'Orders', format: 'count' },
	avg_order_value: { title: 'Average order', format: 'money' },
	units: { title: 'Units sold', format: 'count' },
	customers: { title: 'Customers', format: 'count' },
	percent_returned: { title: 'Orders returned', format: 'percent' },
};

/** The figures of the range, each with its change to the range before. */
export const headline: Section = ({ rows, range }, formats) => {
	const days = countDays(range);
	const before = { from: addDays(range.from, -days), to: addDays(range.from, -1) };
	const tiles = rows.performance.map(({ measure, value, value_before, percent_growth }) => {
		const { title = measure, format = 'count' } = measures[measure ?? ''] ?? {};
		const write = formats[format] as (value: string | null) => string;
		return html`<div class="tile"><dt>${title}</dt><dd class="figure" data-measure="${measure}">${write(value ?? null)}</dd>
<dd class="change">${changeText(measure === 'percent_returned' ? null : (percent_growth ?? null), formats)}<span>${write(value_before ?? null)} before</span></dd></div>`;
	});
	return html`<section aria-label="Headline figures"><dl class="tiles">${tiles}</dl>
<p class="note">Compared with the ${days === 1 ? 'day' : `${formats.count(days)} days`} before, ${rangeText(before, formats)}.
${missingDays(before, range.oldest, formats)} Cancelled orders don’t count.</p></section>`;
};

/** Says so if the lake has no orders of some or all days before the range. */
function missingDays(before: { from: string; to: string }, oldest: string | null, formats: Formats): string {
	if (oldest === null || oldest <= before.from) return '';
	const effect = oldest > before.to ? 'there is nothing to compare with' : 'that period is incomplete';
	return `The lake has no orders before ${formats.date(oldest)}, so ${effect}.`;
}

/** A change with an arrow; empty if it is unknown. */
function changeText(percent: string | null, formats: Formats): Html {
	if (percent === null) return html``;
	const value = Number(percent);
	return html`<b><span aria-hidden="true">${value > 0 ? '▲' : value < 0 ? '▼' : '■'}</span> ${formats.change(percent)}</b>`;
}

const changeCell = (percent: string | null, formats: Formats): Html | string =>
	percent === null ? '–' : changeText(percent, formats);

/** The most unusual days that are numbered on the line, and categories that are named of each. */
const mostMarks = 6;
const mostOfDay = 2;

/** The strongest anomalies, in the order of their days. */
function groupAnomalies(anomalies: readonly ReportRow[]): { date: string; rows: ReportRow[] }[] {
	const strength = ({ deviation }: ReportRow) => Math.abs(Number(deviation));
	const days = new Map<string, ReportRow[]>();
	for (const row of [...anomalies].sort((a, b) => strength(b) - strength(a))) {
		const date = row.order_date ?? '';
		if (days.size === mostMarks && !days.has(date)) continue;
		days.set(date, [...(days.get(date) ?? []), row]);
	}
	return [...days].map(([date, rows]) => ({ date, rows })).sort((a, b) => (a.date < b.date ? -1 : 1));
}

/** The line of the days, with the days on which a category sold far more or far less than expected. */
export const revenueByDay: Section = ({ rows, range }, formats) => {
	const dates = listDates(range);
	const byDate = new Map(rows.days.map((row) => [row.order_date, row]));
	const days = dates.map(
		(order_date) => byDate.get(order_date) ?? { order_date, revenue: '0.00', orders: '0', units: '0', customers: '0' },
	);
	const unusual = groupAnomalies(rows.anomalies);
	const marks = unusual.map(
		({ date, rows: [first] }, index): Mark => ({
			at: dates.indexOf(date),
			number: index + 1,
			direction: first?.direction === 'drop' ? 'drop' : 'spike',
		}),
	);
	const best = days.reduce((best, day) => (Number(day.revenue) > Number(best.revenue) ? day : best));
	const line = lineChart({
		description: `Revenue by day, ${rangeText(range, formats)}. The best day is ${formats.date(best.order_date ?? '')} with ${formats.money(best.revenue ?? null)}. The table below has every day.`,
		labels: dates.map(formats.day),
		values: days.map(({ revenue }) => Number(revenue)),
		marks,
		formatValue: formats.shortMoney,
	});
	return html`<section aria-labelledby="days"><h2 id="days">Revenue by day</h2>
${line}${anomalyList(unusual, rows.anomalies.length, formats)}
${tableBehind(
	'Every day',
	[
		{ title: 'Day', cell: ({ order_date }) => formats.date(order_date ?? ''), isName: true },
		{ title: 'Revenue', cell: ({ revenue = null }) => formats.money(revenue) },
		{ title: 'Orders', cell: ({ orders = null }) => formats.count(orders) },
		{ title: 'Units', cell: ({ units = null }) => formats.count(units), isMinor: true },
		{ title: 'Customers', cell: ({ customers = null }) => formats.count(customers), isMinor: true },
	],
	days,
)}</section>`;
};

function anomalyList(unusual: ReturnType<typeof groupAnomalies>, all: number, formats: Formats): Html {
	if (all === 0) {
		return html`<p class="note">No category sold far more or far less than expected on any of these days. A day is compared with the 28 days before it; at least 7 are needed.</p>`;
	}
	const sentence = ({ category = null, amount = null, expected = null, direction }: ReportRow) =>
		html` <span aria-hidden="true">${direction === 'drop' ? '▼' : '▲'}</span> ${nameText(category)} sold <b>${formats.money(amount)}</b>; ${formats.money(expected)} was expected.`;
	const items = unusual.map(
		({ date, rows }) => html`<li>${formats.day(date)}: ${rows.slice(0, mostOfDay).map(sentence)}</li>`,
	);
	const shown = unusual.reduce((sum, { rows }) => sum + Math.min(mostOfDay, rows.length), 0);
	const rest = shown < all ? ` These are the strongest ${formats.count(shown)} of ${formats.count(all)}.` : '';
	return html`<h3>Unusual days</h3><ol class="anomalies">${items}</ol>
<p class="note">Compared with the median of the 28 days before.${rest}</p>`;
}

/** The strongest categories with the shape of their days; all others count as one. */
export const revenueByCategory: Section = ({ rows, range }, formats) => {
	const heading = html`<h2 id="categories">Revenue by category</h2>`;
	if (rows.categoryDays.length === 0)
		return html`<section aria-labelledby="categories">${heading}${nothingSold}</section>`;
	const dates = listDates(range);
	const series = groupByPlace(rows.categoryDays);
	const categories = [...series.values()].map(([first = {}]) => first);
	const changes = new Map(rows.categories.map((row) => [row.category, row.percent_growth ?? null]));
	const others = rows.categories.filter(({ units }) => Number(units) > 0).length - mostCategories;
	const largest = largestOf(categories, 'category_revenue');
	const values = ({ place }: ReportRow) => {
		const revenues = new Map(series.get(place ?? '')?.map(({ order_date, revenue }) => [order_date, revenue ?? null]));
		return dates.map((date) => revenues.get(date) ?? '0');
	};
	const title = ({ category = null }: ReportRow) =>
		category === null ? html`All others (${formats.count(others)})` : nameText(category);
	const columns: Column[] = [
		{ title: 'Category', cell: title, isName: true },
		{ title: 'By day', cell: (row) => sparkline(values(row).map(Number)), isMinor: true },
		{
			title: 'Revenue',
			cell: ({ category_revenue = null }) => withBar(formats.money(category_revenue), category_revenue, largest),
		},
		{ title: 'Share', cell: ({ percent_of_revenue = null }) => formats.percent(percent_of_revenue) },
		{
			title: 'Change',
			cell: ({ category = null }) => changeCell(category === null ? null : (changes.get(category) ?? null), formats),
		},
	];
	return html`<section aria-labelledby="categories">${heading}
${table('Revenue by category', columns, categories)}
<p class="note">Here and below, revenue is units × price; what orders cost in all may differ by shipping and discounts. Each small line has a scale of its own.</p>
${categoriesByDay({ categories, dates, values, title }, formats)}</section>`;
};

/** Every day of the categories. */
function categoriesByDay(
	{
		categories,
		dates,
		values,
		title,
	}: {
		readonly categories: readonly ReportRow[];
		readonly dates: readonly string[];
		readonly values: (category: ReportRow) => readonly string[];
		readonly title: (category: ReportRow) => Html;
	},
	formats: Formats,
): Html {
	const columns: Column[] = [
		{ title: 'Day', cell: ({ order_date }) => formats.date(order_date ?? ''), isName: true },
		...categories.map((category): Column => {
			const all = values(category);
			const revenues = new Map(dates.map((date, index) => [date, all[index] ?? null]));
			return {
				title: title(category),
				cell: ({ order_date }) => formats.money(revenues.get(order_date ?? '') ?? null),
			};
		}),
	];
	return tableBehind(
		'Every day by category',
		columns,
		dates.map((order_date) => ({ order_date })),
	);
}

function groupByPlace(rows: readonly ReportRow[]): Map<string, ReportRow[]> {
	const groups = new Map<string, ReportRow[]>();
	for (const row of rows) groups.set(row.place ?? '', [...(groups.get(row.place ?? '') ?? []), row]);
	return groups;
}

/** The products with the most revenue. */
export const topProducts: Section = ({ rows }, formats) => {
	const products = rows.products.filter(({ units }) => Number(units) > 0);
	const largest = largestOf(products, 'revenue');
	return html`<section aria-labelledby="products"><h2 id="products">Top products</h2>${
		products.length === 0
			? nothingSold
			: table(
					'Top products',
					[
						{
							title: 'Product',
							cell: ({ product_name = null, category = null }) =>
								html`${nameText(product_name)}<small>${nameText(category)}</small>`,
							isName: true,
						},
						{ title: 'Units', cell: ({ units = null }) => formats.count(units), isMinor: true },
						{ title: 'Revenue', cell: ({ revenue = null }) => withBar(formats.money(revenue), revenue, largest) },
						{
							title: 'Share',
							cell: ({ percent_of_revenue = null }) => formats.percent(percent_of_revenue),
							isMinor: true,
						},
						{ title: 'Change', cell: ({ percent_growth = null }) => changeCell(percent_growth, formats) },
					],
					products,
				)
	}</section>`;
};

/** The customers with the most revenue. */
export const topCustomers: Section = ({ rows }, formats) => {
	const largest = largestOf(rows.customers, 'revenue');
	return html`<section aria-labelledby="customers"><h2 id="customers">Top customers</h2>${
		rows.customers.length === 0
			? nothingSold
			: table(
					'Top customers',
					[
						{ title: 'Customer', cell: ({ user_id = null }) => nameText(user_id), isName: true },
						{ title: 'Orders', cell: ({ orders = null }) => formats.count(orders) },
						{ title: 'Revenue', cell: ({ revenue = null }) => withBar(formats.money(revenue), revenue, largest) },
						{
							title: 'Share',
							cell: ({ percent_of_revenue = null }) => formats.percent(percent_of_revenue),
							isMinor: true,
						},
						{
							title: 'Customer since',
							cell: ({ first_order_date = null }) => (first_order_date === null ? '–' : formats.date(first_order_date)),
							isMinor: true,
						},
					],
					rows.customers,
				)
	}</section>`;
};

/** From product views to purchases. */
export const funnel: Section = ({ rows }, formats) => {
	const heading = html`<h2 id="funnel">From view to purchase</h2>`;
	if (rows.funnel.every(({ events }) => Number(events) === 0)) {
		return html`<section aria-labelledby="funnel">${heading}<p>No events of visitors arrived for these days.</p></section>`;
	}
	const titles: Readonly<Record<string, string>> = { view: 'Views', cart: 'Carts', purchase: 'Purchases' };
	const bars = rows.funnel.map(({ stage, events = null, percent_of_views = null, place }) => ({
		label: titles[stage ?? ''] ?? '',
		value: Number(events),
		text:
			place === '1' || percent_of_views === null
				? formats.count(events)
				: `${formats.count(events)} (${formats.percent(percent_of_views)})`,
	}));
	return html`<section aria-labelledby="funnel">${heading}
${barChart({ description: bars.map(({ label, text }) => `${label}: ${text}`).join(', '), bars })}
<p class="note">In brackets: share of the views.</p>
${tableBehind(
	'Every stage',
	[
		{ title: 'Stage', cell: ({ stage }) => titles[stage ?? ''] ?? '', isName: true },
		{ title: 'Events', cell: ({ events = null }) => formats.count(events) },
		{ title: 'Of all views', cell: ({ percent_of_views = null }) => formats.percent(percent_of_views) },
		{
			title: 'Of the stage before',
			cell: ({ percent_of_stage_before = null }) => formats.percent(percent_of_stage_before),
		},
	],
	rows.funnel,
)}</section>`;
};

const nothingSold = html`<p>Nothing was sold on these days.</p>`;

/** `Nov 14 – Nov 20, 2026`. */
export const rangeText = ({ from, to }: { readonly from: string; readonly to: string }, formats: Formats): string =>
	from === to ? formats.date(to) : `${formats.date(from)} – ${formats.date(to)}`;
