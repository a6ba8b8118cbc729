import { createHash } from 'node:crypto';
import salesAnomalies from '../../../sql/gold/sales-anomalies.sql';
import { goldTables } from '../../contracts';
import { attach } from '../../lake/partitions';
import { computeEach } from '../../platform/compute-each';
import { daysUpTo, plusDays } from './calendar';
import type { GoldDraft, Inputs } from './draft';
import { type FirstSales, notedFirstSales } from './first-sales';
import { materialize, materializeTexts, release } from './materialize';
import { movedInputs } from './staleness';
import { refuseOverflows, refuseTogether, type Target, type Work, writeTable } from './write-table';

/** A date is compared with so many calendar days before it. */
const lookback = 28;
/** Dates that are compared at once. */
const datesAtOnce = 400;

/** A date and the days that it is compared with, oldest first. */
export const anomalyWindow = (date: string): string[] => daysUpTo(date, lookback + 1);

/**
 * What the anomalies of a date are computed from: the window's versions of `category_kpis`, and the first sales that
 * fall into it. An earlier first sale makes no difference, and a later one none either. As a digest, because every
 * date's window would be written out 29 times otherwise.
 */
export function anomalyInputs(date: string, draft: GoldDraft, firstSales: FirstSales): Inputs {
	const { partitions } = draft.manifest('category_kpis');
	const versions = anomalyWindow(date).map((day) => partitions[day]?.version ?? '');
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
	for (const date of dates) if (!draft.entry('order_kpis', date)) draft.drop('sales_anomalies', date);
	const stale = staleAnomalies(draft, dates).filter(
		({ partition, inputs }) => !built.recall(draft, 'sales_anomalies', partition, inputs),
	);
	if (stale.length === 0) return;
	await materializeTexts(bench.duckdb, 'first_sales', { category: 'varchar', first_sale: 'date' }, [
		...notedFirstSales(draft),
	]);
	const inputs = new Map(stale.map((target) => [target.partition, target]));
	for (let start = 0; start < stale.length; start += datesAtOnce) {
		await computeEach(
			stale.slice(start, start + datesAtOnce).map(({ partition }) => partition),
			(portion) =>
				comparePortion(
					work,
					portion.map((date) => inputs.get(date) as Target),
				),
			refuseTogether(work, ['sales_anomalies']),
		);
	}
	await release(bench.duckdb, ['first_sales', 'anomaly_dates', 'sales_anomalies']);
}

async function comparePortion(work: Work, portion: readonly Target[]): Promise<void> {
	const { bench, draft } = work;
	const { duckdb } = bench;
	const dates = portion.map(({ partition }) => partition);
	const days = [...new Set(dates.flatMap(anomalyWindow))];
	const kpis = draft.manifest('category_kpis');
	await attach(bench, goldTables.category_kpis, kpis, { as: 'category_kpis', partitions: days });
	await materializeTexts(
		duckdb,
		'anomaly_dates',
		{ order_date: 'date' },
		dates.map((date) => [date]),
	);
	await materialize(duckdb, 'sales_anomalies', salesAnomalies);
	const fitting = await refuseOverflows(work, ['sales_anomalies'], dates);
	await writeTable(
		work,
		'sales_anomalies',
		portion.filter(({ partition }) => fitting.includes(partition)),
	);
}
