import salesAnomalies from '../../../sql/gold/sales-anomalies.sql';
import { goldTables } from '../../contracts';
import { shortDigest } from '../../platform/short-digest';
import { daysUpTo, plusDays } from './calendar';
import { type FirstSales, recordedFirstSales } from './first-sales';
import { type GoldRun, type PartitionToCompute, scoped } from './gold-run';
import { computeOrRefuse, refuseOverflows } from './refuse-partitions';
import type { InputVersions, StagedSnapshot } from './staged-snapshot';
import { changedInputs } from './staleness';
import { writeTable } from './write-table';

/** The calendar days before a date that it is compared with. */
const lookbackDays = 28;
/** Dates that are computed at once. */
const maxDatesPerChunk = 400;

/** A date and the days that it is compared with, oldest first. */
export const anomalyWindow = (date: string): string[] => daysUpTo(date, lookbackDays + 1);

/**
 * What the anomalies of a date are computed from: the versions of `category_kpis` in its window, and the first sales
 * in the window. First sales before or after it make no difference. The value is a digest: written out, each version
 * would stand in the inputs of 29 dates.
 */
export function salesAnomalyInputs(date: string, staged: StagedSnapshot, firstSales: FirstSales): InputVersions {
	const { partitions } = staged.manifest('category_kpis');
	const versions = anomalyWindow(date).map((day) => partitions[day]?.version ?? '');
	const from = plusDays(date, -lookbackDays);
	const firsts = [...firstSales].filter(([, first]) => first > from && first <= date).sort();
	const digest = shortDigest(JSON.stringify([versions, firsts]));
	return { 'gold_category_kpis and first sales of the window': digest };
}

/** The dates with orders whose anomalies were not computed from the current sales. */
export function listStaleSalesAnomalies(staged: StagedSnapshot, dates: readonly string[]): PartitionToCompute[] {
	const firstSales = recordedFirstSales(staged);
	return dates.flatMap((partition): PartitionToCompute[] => {
		if (!staged.entry('order_kpis', partition)) return [];
		const inputs = salesAnomalyInputs(partition, staged, firstSales);
		const recorded = staged.entry('sales_anomalies', partition)?.inputs;
		return recorded && changedInputs(recorded, inputs).length === 0 ? [] : [{ partition, inputs }];
	});
}

/** Recomputes the stale anomalies of these dates, and drops those of dates that have no orders any more. */
export async function recomputeSalesAnomalies(run: GoldRun, dates: readonly string[]): Promise<void> {
	const { staged, computed } = run;
	for (const date of dates) if (!staged.entry('order_kpis', date)) staged.drop('sales_anomalies', date);
	const stale = listStaleSalesAnomalies(staged, dates).filter(
		({ partition, inputs }) => !computed.reuse(staged, 'sales_anomalies', partition, inputs),
	);
	if (stale.length === 0) return;
	const byDate = new Map(stale.map((target) => [target.partition, target]));
	const chunks = Array.from({ length: Math.ceil(stale.length / maxDatesPerChunk) }, (_, index) =>
		stale.slice(index * maxDatesPerChunk, (index + 1) * maxDatesPerChunk).map(({ partition }) => partition),
	);
	await computeOrRefuse(run, ['sales_anomalies'], chunks, (dates) =>
		scoped(run, (run) =>
			computeChunk(
				run,
				dates.map((date) => byDate.get(date) as PartitionToCompute),
			),
		),
	);
}

async function computeChunk(run: GoldRun, chunk: readonly PartitionToCompute[]): Promise<void> {
	const { engine, staged } = run;
	const dates = chunk.map(({ partition }) => partition);
	const days = [...new Set(dates.flatMap(anomalyWindow))];
	const sales_anomalies = await engine.keep(salesAnomalies, {
		inputs: {
			category_kpis: await engine.attach(goldTables.category_kpis, staged.manifest('category_kpis'), days),
			first_sales: await engine.texts({ category: 'varchar', first_sale: 'date' }, [...recordedFirstSales(staged)]),
			anomaly_dates: await engine.texts(
				{ order_date: 'date' },
				dates.map((date) => [date]),
			),
		},
	});
	const fitting = await refuseOverflows(run, { sales_anomalies }, ['sales_anomalies'], dates);
	await writeTable(
		run,
		'sales_anomalies',
		sales_anomalies,
		chunk.filter(({ partition }) => fitting.includes(partition)),
	);
}
