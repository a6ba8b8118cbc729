import { createHash } from 'node:crypto';
import auditLive from '../../../sql/gold/audit-live.sql';
import liveAnomalies from '../../../sql/gold/live-anomalies.sql';
import liveHours from '../../../sql/gold/live-hours.sql';
import { attach } from '../../lake/partitions';
import { computeEach } from '../../platform/compute-each';
import { plusDays } from './calendar';
import { chunkDates } from './date-chunks';
import { type FirstHours, hourDate, recordedFirstHours, updateFirstHours } from './first-live-sales';
import { audit, materialize, materializeTexts, release } from './materialize';
import { type GoldSources, silverTables } from './sources';
import type { InputVersions, StagedSnapshot } from './staged-snapshot';
import { changedInputs } from './staleness';
import { type GoldRun, type PartitionToCompute, refuseOverflows, refuseTogether, writeTable } from './write-table';

/** The dates that the 24 hours before the hours of a date, and these themselves, lie on. */
const windowDates = (date: string): string[] => [plusDays(date, -1), date];

/**
 * What the live anomalies of a date are computed from: the live sales of the date and of the day before, and the first
 * sales that fall on these. An earlier first sale makes no difference.
 */
function liveAnomalyInputs(date: string, sources: GoldSources, firstHours: FirstHours): InputVersions {
	const [before, own] = windowDates(date).map((day) => sources.silver_gadget_sales.partitions[day]?.version ?? '');
	const firsts = [...firstHours].filter(([, hour]) => windowDates(date).includes(hourDate(hour))).sort();
	const digest = createHash('sha256').update(JSON.stringify(firsts)).digest('hex').slice(0, 16);
	return {
		silver_gadget_sales: own ?? '',
		'silver_gadget_sales of the day before': before ?? '',
		'first sales': digest,
	};
}

/** The dates among these, of those with live sales, whose anomalies are not of the current sales. */
export function listStaleLiveAnomalies(
	staged: StagedSnapshot,
	sources: GoldSources,
	dates: readonly string[],
): PartitionToCompute[] {
	const firstHours = recordedFirstHours(staged);
	return dates.flatMap((partition): PartitionToCompute[] => {
		if (!sources.silver_gadget_sales.partitions[partition]) return [];
		const inputs = liveAnomalyInputs(partition, sources, firstHours);
		const recorded = staged.entry('live_anomalies', partition)?.inputs;
		return recorded && changedInputs(recorded, inputs).length === 0 ? [] : [{ partition, inputs }];
	});
}

/** The dates among these whose live anomalies go, because their sales are gone. */
export const listVanishedLiveAnomalies = (
	staged: StagedSnapshot,
	sources: GoldSources,
	dates: readonly string[],
): string[] =>
	dates.filter((date) => staged.entry('live_anomalies', date) && !sources.silver_gadget_sales.partitions[date]);

/** Computes the stale live anomalies of these dates, and drops those of dates without live sales. */
export async function recomputeLiveAnomalies(
	run: GoldRun,
	sources: GoldSources,
	dates: readonly string[],
): Promise<void> {
	const { bench, staged, computed } = run;
	const sales = sources.silver_gadget_sales;
	for (const date of listVanishedLiveAnomalies(staged, sources, dates)) staged.drop('live_anomalies', date);
	await updateFirstHours(run, sources);
	const stale = listStaleLiveAnomalies(staged, sources, dates).filter(
		({ partition, inputs }) => !computed.reuse(staged, 'live_anomalies', partition, inputs),
	);
	if (stale.length === 0) return;
	await materializeTexts(
		bench.duckdb,
		'first_sales',
		{ product_name: 'varchar', first_hour: 'timestamp' },
		[...recordedFirstHours(staged)].map(([product, hour]) => [product, hour.replace('T', ' ')]),
	);
	const rowsOn = (date: string) => sales.partitions[date]?.rows ?? 0;
	const dated = stale.map(({ partition }) => ({ date: partition }));
	for (const chunk of chunkDates(dated, rowsOn)) {
		await computeEach(
			chunk,
			(dates) => computeChunk(run, sources, stale, dates),
			refuseTogether(run, ['live_anomalies']),
		);
	}
	await release(bench.duckdb, ['first_sales', 'anomaly_dates', 'live_hours', 'live_anomalies']);
}

async function computeChunk(
	run: GoldRun,
	{ silver_gadget_sales: sales }: GoldSources,
	stale: readonly PartitionToCompute[],
	dates: readonly string[],
): Promise<void> {
	const { bench } = run;
	const { duckdb } = bench;
	const partitions = [...new Set(dates.flatMap(windowDates))];
	await attach(bench, silverTables.gadget_sales, sales, { as: 'gadget_sales', partitions });
	await materializeTexts(
		duckdb,
		'anomaly_dates',
		{ sale_date: 'date' },
		dates.map((date) => [date]),
	);
	await materialize(duckdb, 'live_hours', liveHours);
	await materialize(duckdb, 'live_anomalies', liveAnomalies);
	await audit(duckdb, auditLive);
	const fitting = await refuseOverflows(run, ['live_anomalies'], dates);
	await writeTable(
		run,
		'live_anomalies',
		stale.filter(({ partition }) => fitting.includes(partition)),
	);
}
