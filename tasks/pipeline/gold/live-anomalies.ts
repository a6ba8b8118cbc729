import auditLive from '../../../sql/gold/audit-live.sql';
import liveAnomalies from '../../../sql/gold/live-anomalies.sql';
import liveHours from '../../../sql/gold/live-hours.sql';
import { shortDigest } from '../../platform/short-digest';
import { audit } from './audit';
import { plusDays } from './calendar';
import { chunkDates } from './date-chunks';
import { type FirstHours, hourDate, recordedFirstHours, updateFirstHours } from './first-live-sales';
import { type GoldRun, type PartitionToCompute, scoped } from './gold-run';
import { computeOrRefuse, refuseOverflows } from './refuse-partitions';
import { type GoldSources, silverTables } from './sources';
import type { InputVersions, StagedSnapshot } from './staged-snapshot';
import { changedInputs } from './staleness';
import { writeTable } from './write-table';

/** The dates of a date's hours and of the 24 hours before each. */
const windowDates = (date: string): string[] => [plusDays(date, -1), date];

/**
 * What the live anomalies of a date are computed from: the live sales of the date and of the day before, and the first
 * sales on these two days. An earlier first sale makes no difference.
 */
function liveAnomalyInputs(date: string, sources: GoldSources, firstHours: FirstHours): InputVersions {
	const [before, own] = windowDates(date).map((day) => sources.silver_gadget_sales.partitions[day]?.version ?? '');
	const firsts = [...firstHours].filter(([, hour]) => windowDates(date).includes(hourDate(hour))).sort();
	const digest = shortDigest(JSON.stringify(firsts));
	return {
		silver_gadget_sales: own ?? '',
		'silver_gadget_sales of the day before': before ?? '',
		'first sales': digest,
	};
}

/** The dates with live sales whose anomalies were not computed from the current sales. */
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

/** The dates that have live anomalies and no live sales any more: their anomalies are to be removed. */
export const listVanishedLiveAnomalies = (
	staged: StagedSnapshot,
	sources: GoldSources,
	dates: readonly string[],
): string[] =>
	dates.filter((date) => staged.entry('live_anomalies', date) && !sources.silver_gadget_sales.partitions[date]);

/** Recomputes the stale live anomalies of these dates, and drops those of dates without live sales. */
export async function recomputeLiveAnomalies(
	run: GoldRun,
	sources: GoldSources,
	dates: readonly string[],
): Promise<void> {
	const { staged, computed } = run;
	for (const date of listVanishedLiveAnomalies(staged, sources, dates)) staged.drop('live_anomalies', date);
	await updateFirstHours(run, sources);
	const stale = listStaleLiveAnomalies(staged, sources, dates).filter(
		({ partition, inputs }) => !computed.reuse(staged, 'live_anomalies', partition, inputs),
	);
	if (stale.length === 0) return;
	const chunks = chunkDates(
		stale.map(({ partition }) => ({ date: partition })),
		(date) => sources.silver_gadget_sales.partitions[date]?.rows ?? 0,
	);
	await computeOrRefuse(run, ['live_anomalies'], chunks, (dates) =>
		scoped(run, (run) => computeChunk(run, sources, stale, dates)),
	);
}

async function computeChunk(
	run: GoldRun,
	{ silver_gadget_sales }: GoldSources,
	stale: readonly PartitionToCompute[],
	dates: readonly string[],
): Promise<void> {
	const { engine, staged } = run;
	const partitions = [...new Set(dates.flatMap(windowDates))];
	const gadget_sales = await engine.attach(silverTables.gadget_sales, silver_gadget_sales, partitions);
	const anomaly_dates = await engine.texts(
		{ sale_date: 'date' },
		dates.map((date) => [date]),
	);
	const first_sales = await engine.texts(
		{ product_name: 'varchar', first_hour: 'timestamp' },
		[...recordedFirstHours(staged)].map(([product, hour]) => [product, hour.replace('T', ' ')]),
	);
	const live_hours = await engine.keep(liveHours, { inputs: { gadget_sales } });
	const live_anomalies = await engine.keep(liveAnomalies, { inputs: { anomaly_dates, live_hours, first_sales } });
	await audit(engine, auditLive, { gadget_sales, anomaly_dates, live_anomalies });
	const fitting = await refuseOverflows(run, { live_anomalies }, ['live_anomalies'], dates);
	await writeTable(
		run,
		'live_anomalies',
		live_anomalies,
		stale.filter(({ partition }) => fitting.includes(partition)),
	);
}
