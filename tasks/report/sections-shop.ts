import type { Rule } from '../contracts/rules';
import type { Formats } from './formats';
import { type Html, html, nameText } from './html';
import type { ReportData } from './read-report';
import type { ReportRow } from './report-row';
import { table, tableBehind } from './table';

type Section = (data: ReportData, formats: Formats) => Html;

/** How many products that run out are shown at first. */
const firstProducts = 10;
const mostProducts = 500;

/** The products that run out first, at the rate of the last 30 days. */
export const stock: Section = ({ rows, range }, formats) => {
	const heading = html`<h2 id="stock">What runs out first</h2>`;
	if (rows.stock.length === 0) {
		return html`<section aria-labelledby="stock">${heading}<p>No product that sells runs out within 7 days.</p></section>`;
	}
	const columns = [
		{
			title: 'Product',
			cell: ({ name = null, category = null }: ReportRow) =>
				html`${nameText(name)}<small>${nameText(category)}</small>`,
			isName: true,
		},
		{ title: 'In stock', cell: ({ current_stock = null }: ReportRow) => formats.count(current_stock) },
		{
			title: 'Lasts',
			cell: ({ current_stock, days_of_cover = null }: ReportRow) =>
				current_stock === '0' ? 'sold out' : coverText(days_of_cover, formats),
		},
		{
			title: 'Next 7 days',
			cell: ({ forecasted_demand = null }: ReportRow) => formats.count(forecasted_demand),
			isMinor: true,
		},
		{ title: 'Short by', cell: ({ units_short = null }: ReportRow) => formats.count(units_short) },
	];
	const shown = rows.stock.slice(0, mostProducts);
	const rest = shown.slice(firstProducts);
	const note = rows.stock.length > mostProducts ? ` These are the first ${formats.count(mostProducts)}.` : '';
	return html`<section aria-labelledby="stock">${heading}
${table('What runs out first', columns, shown.slice(0, firstProducts))}
<p class="note">${formats.count(rows.stock.length)} ${rows.stock.length === 1 ? 'product lasts' : 'products last'} fewer than 7 days at the rate of the 30 days up to ${range.newest === null ? 'today' : formats.date(range.newest)}, or ${rows.stock.length === 1 ? 'is' : 'are'} below the forecast of the next 7 days.${note}</p>
${rest.length > 0 ? tableBehind('More products', columns, rest) : ''}</section>`;
};

/** Whole days that a stock lasts. */
function coverText(days: string | null, formats: Formats): string {
	if (days === null) return '–';
	const whole = Math.floor(Number(days));
	return whole === 0 ? '< 1 day' : `${formats.count(whole)} ${whole === 1 ? 'day' : 'days'}`;
}

/** How many customers of each month come back in the months after. */
export const cohorts: Section = ({ rows }, formats) => {
	const heading = html`<h2 id="cohorts">Do customers come back?</h2>`;
	const months = [...new Set(rows.cohorts.map(({ cohort }) => cohort ?? ''))].sort();
	if (months.length === 0) return html`<section aria-labelledby="cohorts">${heading}<p>No customers yet.</p></section>`;
	const last = rows.cohorts.reduce((last, { months_since }) => Math.max(last, Number(months_since)), 0);
	const since = [...Array(Math.min(last, 5) + 1).keys()];
	const find = (cohort: string | null | undefined, months: number) =>
		rows.cohorts.find((row) => row.cohort === cohort && Number(row.months_since) === months);
	const columns = [
		{ title: 'First order', cell: ({ cohort }: ReportRow) => formats.month(cohort ?? ''), isName: true },
		{ title: 'Customers', cell: ({ customers = null }: ReportRow) => formats.count(customers) },
		...since.slice(1).map((month) => ({
			title: `+${formats.count(month)} mo.`,
			isMinor: month > 3,
			cell: ({ cohort }: ReportRow) => cohortCell(find(cohort, month)?.percent_retained ?? null, formats),
		})),
	];
	const firsts = months.map((cohort) => find(cohort, 0) ?? { cohort, customers: null });
	return html`<section aria-labelledby="cohorts">${heading}
${table('Customers who ordered again, by the month of their first order', columns, firsts)}
<p class="note">Customers by the month of their first order, and the share of them who ordered again so many months later. The newest month may be incomplete.</p></section>`;
};

const cohortCell = (percent: string | null, formats: Formats): Html =>
	percent === null
		? html`<span class="none">–</span>`
		: html`<span class="heat" style="--share:${(Math.min(100, Number(percent)) / 100).toFixed(4)}">${formats.percent(percent)}</span>`;

const datasetTitles: Readonly<Record<string, string>> = {
	orders: 'Orders',
	order_items: 'Order lines',
	products: 'Products',
	events: 'Events',
	gadget_sales: 'Live sales',
};

const ruleTitles: Readonly<Record<Rule, string>> = {
	unparsable: 'The record can’t be read',
	missing: 'A required value is missing',
	type: 'A value has the wrong type',
	enum: 'A value is not one of those allowed',
	range: 'A number is out of range',
	future: 'The date is in the future',
};
const ruleText = (rule: string | null): Html | string => ruleTitles[rule as Rule] ?? nameText(rule);

/** One sentence at the top: whether the figures can be trusted. */
export const trust: Section = ({ rows }, formats) => {
	const all = rows.quality.find(({ dataset }) => dataset === null);
	if (all === undefined || Number(all.received) === 0) return html``;
	const { received = null, rejected = null, waiting = null, late = null, percent_usable = null } = all;
	return html`<p class="trust"><b>Can you trust it?</b> ${formats.percent(percent_usable)} of ${formats.count(received)} delivered records are in the figures.
${formats.count(rejected)} broke a rule, ${formats.count(waiting)} wait for another record, ${formats.count(late)} came late and are included. <a href="#quality">Details</a></p>`;
};

/** What became of the records that were delivered for the range. */
export const quality: Section = ({ rows }, formats) => {
	const heading = html`<h2 id="quality">Quality of the data</h2>`;
	const all = rows.quality.find(({ dataset }) => dataset === null);
	if (all === undefined || Number(all.received) === 0) {
		return html`<section aria-labelledby="quality">${heading}<p>No records were delivered for these days.</p></section>`;
	}
	const count = (title: string, column: string, isMinor = false) => ({
		title,
		cell: (row: ReportRow) => formats.count(row[column] ?? null),
		isMinor,
	});
	return html`<section aria-labelledby="quality">${heading}
${table(
	'What became of the records',
	[
		{
			title: 'Records',
			cell: ({ dataset = null }) => (dataset === null ? 'All' : (datasetTitles[dataset] ?? nameText(dataset))),
			isName: true,
		},
		count('Received', 'received'),
		count('Kept', 'kept'),
		count('Copies', 'duplicates', true),
		count('Replaced', 'superseded', true),
		count('Rejected', 'rejected'),
		count('Waiting', 'waiting', true),
		count('Late', 'late', true),
	],
	rows.quality,
)}
<p class="note">Kept, copies, replaced, rejected and waiting add up to received. A copy had already arrived; a replaced record has a newer one; a waiting order line lacks its order or its product; a late record came in the delivery of a later day.</p>
${rejectedRules(rows.rejected, formats)}</section>`;
};

/** The rejected records: a row is a rule, a column a dataset. */
function rejectedRules(rejected: readonly ReportRow[], formats: Formats): Html {
	if (rejected.length === 0) return html`<p>No record was rejected.</p>`;
	const [rules, names] = (['rule', 'dataset'] as const).map((column) => [
		...new Set(rejected.map((row) => row[column] ?? null)),
	]) as [(string | null)[], (string | null)[]];
	const columns = names.sort().map((name) => ({
		title: datasetTitles[name ?? ''] ?? name ?? '',
		cell: ({ rule }: ReportRow) => {
			const found = rejected.find((row) => row.rule === rule && row.dataset === name);
			return found === undefined ? '–' : formats.count(found.records ?? null);
		},
	}));
	return html`<h3>Why records were rejected</h3>${table(
		'Rejected records by rule',
		[{ title: 'Reason', cell: ({ rule = null }) => ruleText(rule), isName: true }, ...columns],
		rules.map((rule) => ({ rule })),
	)}`;
}
