import anomalies from '../../sql/analyses/anomalies.sql';
import customerCohorts from '../../sql/analyses/customer-cohorts.sql';
import eventFunnel from '../../sql/analyses/event-funnel.sql';
import inventory from '../../sql/analyses/inventory.sql';
import revenueByDay from '../../sql/analyses/revenue-by-day.sql';
import revenueByDayAndCategory from '../../sql/analyses/revenue-by-day-and-category.sql';
import salesByCategory from '../../sql/analyses/sales-by-category.sql';
import salesByProduct from '../../sql/analyses/sales-by-product.sql';
import shopPerformance from '../../sql/analyses/shop-performance.sql';
import topCustomers from '../../sql/analyses/top-customers.sql';
import dataQuality from '../../sql/quality/data-quality.sql';
import rejectedByRule from '../../sql/quality/rejected-by-rule.sql';
import type { TaskContext } from '../context';
import { type Snapshot, timeZoneOf } from '../lake';
import { type QueryResult, runStatements } from '../query';
import { type OwnTableRows, ownTableStatement } from './own-tables';
import type { ReportRange } from './report-range';
import type { ReportRow } from './report-row';

/** How many categories, products and customers a report names. */
export const mostCategories = 8;
const mostPlaces = 10;
/** How many months of cohorts a report shows. */
const cohortMonths = 6;

/** The analyses of a report, and the values of their parameters beside those that the range gives. */
const statements = {
	performance: { name: 'shop-performance', sql: shopPerformance, param: range },
	days: { name: 'revenue-by-day', sql: revenueByDay, param: range },
	anomalies: { name: 'anomalies', sql: anomalies, param: range },
	categories: { name: 'sales-by-category', sql: salesByCategory, param: range },
	categoryDays: {
		name: 'revenue-by-day-and-category',
		sql: revenueByDayAndCategory,
		param: (dates: ReportRange) => [...range(dates), `top=${mostCategories}`],
	},
	products: {
		name: 'sales-by-product',
		sql: salesByProduct,
		param: (dates: ReportRange) => [...range(dates), `top=${mostPlaces}`],
	},
	customers: {
		name: 'top-customers',
		sql: topCustomers,
		param: (dates: ReportRange) => [...range(dates), `top=${mostPlaces}`],
	},
	stock: { name: 'inventory', sql: inventory, param: () => [] },
	funnel: { name: 'event-funnel', sql: eventFunnel, param: range },
	cohorts: {
		name: 'customer-cohorts',
		sql: customerCohorts,
		param: ({ to }: ReportRange) => [`from=${firstOfMonth(to, 1 - cohortMonths)}`, `to=${to}`],
	},
	quality: { name: 'data-quality', sql: dataQuality, param: range },
	rejected: { name: 'rejected-by-rule', sql: rejectedByRule, param: range },
} as const;

/** What a report shows: the rows of each of its analyses, all of one head. */
export interface ReportData {
	readonly head: number;
	/** The zone of the dates. */
	readonly timeZone: string;
	readonly range: ReportRange;
	readonly rows: Readonly<Record<keyof typeof statements, readonly ReportRow[]>>;
	/** What is shown of a project's own tables. */
	readonly own: readonly OwnTableRows[];
}

/** Runs the analyses of a report on one state of the lake. */
export async function readReport(context: TaskContext, snapshot: Snapshot, range: ReportRange): Promise<ReportData> {
	const all = Object.entries(statements).map(([key, { name, sql, param }]) => ({
		key,
		name,
		sql,
		param: param(range),
	}));
	const { goldTables } = await context.project();
	const own = goldTables.map((table) => ownTableStatement(table, range));
	const results = (await runStatements(context, snapshot, [...all, ...own])).map(namedRows);
	const rows = all.map(({ key }, index) => [key, results[index]]);
	return {
		head: snapshot.head.number,
		timeZone: timeZoneOf(snapshot.head),
		range,
		rows: Object.fromEntries(rows),
		own: goldTables.map((own, index) => ({ own, rows: results[all.length + index] ?? [] })),
	};
}

const namedRows = ({ columns, rows }: QueryResult): ReportRow[] =>
	rows.map((row) => Object.fromEntries(columns.map(({ name }, place) => [name, row[place] ?? null])));

function range({ from, to }: ReportRange): string[] {
	return [`from=${from}`, `to=${to}`];
}

/** The first day of the month some months after (negative: before) that of a date. */
function firstOfMonth(date: string, months: number): string {
	const [year = 0, month = 1] = date.split('-').map(Number);
	return new Date(Date.UTC(year, month - 1 + months, 1)).toISOString().slice(0, 10);
}
