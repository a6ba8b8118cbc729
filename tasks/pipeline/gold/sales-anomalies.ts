import { createHash } from 'node:crypto';
import salesAnomalies from '../../../sql/gold/sales-anomalies.sql';
import { goldTables } from '../../contracts';
import { attach } from '../../lake/partitions';
import { computeEach } from '../../platform/compute-each';
import { daysUpTo, plusDays } from './calendar';
import { type FirstSales, recordedFirstSales } from './first-sales';
import { materialize, materializeTexts, release } from './materialize';
import type { InputVersions, StagedSnapshot } from './staged-snapshot';
import { changedInputs } from './staleness';
import { type GoldRun, type PartitionToCompute, refuseOverflows, refuseTogether, writeTable } from './write-table';

/** A date is compared with so many calendar days before it. */
const lookbackDays = 28;
/** Dates that are compared at once. */
const maxDatesPerChunk = 400;

/** A date and the days that it is compared with, oldest first. */
export const anomalyWindow = (date: string): string[] => daysUpTo(date, lookbackDays + 1);

/**
 * What the anomalies of a date are computed from: the window's versions of `category_kpis`, and the first sales that
 * fall into it. An earlier first sale makes no difference, and a later one none either. As a digest, because every
 * date's window would be written out 29 times otherwise.
 */
export function salesAnomalyInputs(date: string, staged: StagedSnapshot, firstSales: FirstSales): InputVersions {
	const { partitions } = staged.manifest('category_kpis');
	const versions = anomalyWindow(date).map((day) => partitions[day]?.version ?? '');
	const from = plusDays(date, -lookbackDays);
	const firsts = [...firstSales].filter(([, first]) => first > from && first <= date).sort();
	const digest = createHash('sha256')
		.update(JSON.stringify([versions, firsts]))
		.digest('hex')
		.slice(0, 16);
	return { 'gold_category_kpis and first sales of the window': digest };
}

/** The dates among these, of those with orders, whose anomalies are not of the current sales. */
export function listStaleSalesAnomalies(staged: StagedSnapshot, dates: readonly string[]): PartitionToCompute[] {
	const firstSales = recordedFirstSales(staged);
	return dates.flatMap((partition): PartitionToCompute[] => {
		if (!staged.entry('order_kpis', partition)) return [];
		const inputs = salesAnomalyInputs(partition, staged, firstSales);
		const recorded = staged.entry('sales_anomalies', partition)?.inputs;
		return recorded && changedInputs(recorded, inputs).length === 0 ? [] : [{ partition, inputs }];
	});
}

/** Computes the stale anomalies of these dates, and drops those of dates that have no orders any more. */
export async function recomputeSalesAnomalies(run: GoldRun, dates: readonly string[]): Promise<void> {
	const { bench, staged, computed } = run;
	for (const date of dates) if (!staged.entry('order_kpis', date)) staged.drop('sales_anomalies', date);
	const stale = listStaleSalesAnomalies(staged, dates).filter(
		({ partition, inputs }) => !computed.reuse(staged, 'sales_anomalies', partition, inputs),
	);
	if (stale.length === 0) return;
	await materializeTexts(bench.duckdb, 'first_sales', { category: 'varchar', first_sale: 'date' }, [
		...recordedFirstSales(staged),
	]);
	const inputs = new Map(stale.map((target) => [target.partition, target]));
	for (let start = 0; start < stale.length; start += maxDatesPerChunk) {
		await computeEach(
			stale.slice(start, start + maxDatesPerChunk).map(({ partition }) => partition),
			(chunk) =>
				computeChunk(
					run,
					chunk.map((date) => inputs.get(date) as PartitionToCompute),
				),
			refuseTogether(run, ['sales_anomalies']),
		);
	}
	await release(bench.duckdb, ['first_sales', 'anomaly_dates', 'sales_anomalies']);
}

async function computeChunk(run: GoldRun, chunk: readonly PartitionToCompute[]): Promise<void> {
	const { bench, staged } = run;
	const { duckdb } = bench;
	const dates = chunk.map(({ partition }) => partition);
	const days = [...new Set(dates.flatMap(anomalyWindow))];
	const kpis = staged.manifest('category_kpis');
	await attach(bench, goldTables.category_kpis, kpis, { as: 'category_kpis', partitions: days });
	await materializeTexts(
		duckdb,
		'anomaly_dates',
		{ order_date: 'date' },
		dates.map((date) => [date]),
	);
	await materialize(duckdb, 'sales_anomalies', salesAnomalies);
	const fitting = await refuseOverflows(run, ['sales_anomalies'], dates);
	await writeTable(
		run,
		'sales_anomalies',
		chunk.filter(({ partition }) => fitting.includes(partition)),
	);
}
