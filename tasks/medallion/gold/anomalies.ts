import { createHash } from 'node:crypto';
import salesAnomalies from '../../../sql/gold/sales-anomalies.sql';
import { goldTables } from '../../contracts';
import { literal } from '../../engines/quote';
import { attach } from '../../engines/table-files';
import { daysUpTo, plusDays } from './calendar';
import type { GoldDraft, Inputs } from './draft';
import { type FirstSales, notedFirstSales } from './first-sales';
import { materialize, release } from './materialize';
import { movedInputs } from './staleness';
import { type Target, type Work, writeTable } from './write-table';

/** A date is compared with so many calendar days before it. */
const lookback = 28;
/** Dates that are compared at once. */
const datesAtOnce = 400;

/** A date and the days that it is compared with, oldest first. */
export const windowOf = (date: string): string[] => daysUpTo(date, lookback + 1);

/**
 * What the anomalies of a date are computed from: the window's versions of `category_kpis`, and the first sales that
 * fall into it. An earlier first sale makes no difference, and a later one none either. As a digest, because every
 * date's window would be written out 29 times otherwise.
 */
export function anomalyInputs(date: string, draft: GoldDraft, firstSales: FirstSales): Inputs {
	const { partitions } = draft.manifest('category_kpis');
	const versions = windowOf(date).map((day) => partitions[day]?.version ?? '');
	const from = plusDays(date, -lookback);
	const firsts = [...firstSales].filter(([, first]) => first > from && first <= date).sort();
	const digest = createHash('sha256')
		.update(JSON.stringify([versions, firsts]))
		.digest('hex')
		.slice(0, 16);
	return { 'gold_category_kpis and first sales of the window': digest };
}

/** The dates among these, of those with orders, whose anomalies are not of the current sales. */
export function staleAnomalies(draft: GoldDraft, dates: readonly string[]): Target[] {
	const firstSales = notedFirstSales(draft);
	return dates.flatMap((partition): Target[] => {
		if (!draft.entry('order_kpis', partition)) return [];
		const inputs = anomalyInputs(partition, draft, firstSales);
		const recorded = draft.entry('sales_anomalies', partition)?.inputs;
		return recorded && movedInputs(recorded, inputs).length === 0 ? [] : [{ partition, inputs }];
	});
}

/** Computes the stale anomalies of these dates, and drops those of dates that have no orders any more. */
export async function restateAnomalies(work: Work, dates: readonly string[]): Promise<void> {
	const { bench, draft, built } = work;
	const { duckdb } = bench;
	for (const date of dates) if (!draft.entry('order_kpis', date)) draft.drop('sales_anomalies', date);
	const stale = staleAnomalies(draft, dates).filter(
		({ partition, inputs }) => !built.recall(draft, 'sales_anomalies', partition, inputs),
	);
	if (stale.length === 0) return;
	await materialize(duckdb, 'first_sales', rowsOf(notedFirstSales(draft)));
	for (let start = 0; start < stale.length; start += datesAtOnce) {
		const portion = stale.slice(start, start + datesAtOnce);
		const days = new Set(portion.flatMap(({ partition }) => windowOf(partition)));
		await attach(bench, goldTables.category_kpis, draft.manifest('category_kpis'), {
			as: 'category_kpis',
			partitions: [...days],
		});
		const listed = portion.map(({ partition }) => `(date ${literal(partition)})`).join(', ');
		await materialize(duckdb, 'anomaly_dates', `select * from (values ${listed}) as listed (order_date)`);
		await materialize(duckdb, 'sales_anomalies', salesAnomalies);
		await writeTable(work, 'sales_anomalies', portion);
	}
	await release(duckdb, ['first_sales', 'anomaly_dates', 'sales_anomalies']);
}

/** SQL of first sales as rows. */
function rowsOf(firstSales: FirstSales): string {
	const rows = [...firstSales].map(([category, first]) => `(${literal(category)}, date ${literal(first)})`);
	return rows.length === 0
		? `select cast(null as varchar) as category, cast(null as date) as first_sale where false`
		: `select category, first_sale from (values ${rows.join(', ')}) as noted (category, first_sale)`;
}
