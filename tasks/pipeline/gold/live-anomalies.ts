import { createHash } from 'node:crypto';
import auditLive from '../../../sql/gold/audit-live.sql';
import liveAnomalies from '../../../sql/gold/live-anomalies.sql';
import liveHours from '../../../sql/gold/live-hours.sql';
import { attach } from '../../lake/partitions';
import { computeEach } from '../../platform/compute-each';
import { plusDays } from './calendar';
import type { GoldDraft, Inputs } from './draft';
import { type FirstHours, hourDate, notedFirstHours, restateFirstHours } from './first-live-sales';
import { audit, materialize, materializeTexts, release } from './materialize';
import { datesInPortions } from './portions';
import { type Sources, silverTables } from './sources';
import { movedInputs } from './staleness';
import { refuseOverflows, refuseTogether, type Target, type Work, writeTable } from './write-table';

/** The dates that the 24 hours before the hours of a date, and these themselves, lie on. */
const hoursWindow = (date: string): string[] => [plusDays(date, -1), date];

/**
 * What the live anomalies of a date are computed from: the live sales of the date and of the day before, and the first
 * sales that fall on these. An earlier first sale makes no difference.
 */
function anomalyInputs(date: string, sources: Sources, firstHours: FirstHours): Inputs {
	const [before, own] = hoursWindow(date).map((day) => sources.silver_gadget_sales.partitions[day]?.version ?? '');
	const firsts = [...firstHours].filter(([, hour]) => hoursWindow(date).includes(hourDate(hour))).sort();
	const digest = createHash('sha256').update(JSON.stringify(firsts)).digest('hex').slice(0, 16);
	return {
		silver_gadget_sales: own ?? '',
		'silver_gadget_sales of the day before': before ?? '',
		'first sales': digest,
	};
}

/** The dates among these, of those with live sales, whose anomalies are not of the current sales. */
export function staleLiveAnomalies(draft: GoldDraft, sources: Sources, dates: readonly string[]): Target[] {
	const firstHours = notedFirstHours(draft);
	return dates.flatMap((partition): Target[] => {
		if (!sources.silver_gadget_sales.partitions[partition]) return [];
		const inputs = anomalyInputs(partition, sources, firstHours);
		const recorded = draft.entry('live_anomalies', partition)?.inputs;
		return recorded && movedInputs(recorded, inputs).length === 0 ? [] : [{ partition, inputs }];
	});
}

/** The dates among these whose live anomalies go, because their sales are gone. */
export const goneLiveAnomalies = (draft: GoldDraft, sources: Sources, dates: readonly string[]): string[] =>
	dates.filter((date) => draft.entry('live_anomalies', date) && !sources.silver_gadget_sales.partitions[date]);

/** Computes the stale live anomalies of these dates, and drops those of dates without live sales. */
export async function restateLiveAnomalies(work: Work, sources: Sources, dates: readonly string[]): Promise<void> {
	const { bench, draft, built } = work;
	const sales = sources.silver_gadget_sales;
	for (const date of goneLiveAnomalies(draft, sources, dates)) draft.drop('live_anomalies', date);
	await restateFirstHours(work, sources);
	const stale = staleLiveAnomalies(draft, sources, dates).filter(
		({ partition, inputs }) => !built.recall(draft, 'live_anomalies', partition, inputs),
	);
	if (stale.length === 0) return;
	await materializeTexts(
		bench.duckdb,
		'first_sales',
		{ product_name: 'varchar', first_hour: 'timestamp' },
		[...notedFirstHours(draft)].map(([product, hour]) => [product, hour.replace('T', ' ')]),
	);
	const rowsOn = (date: string) => sales.partitions[date]?.rows ?? 0;
	const dated = stale.map(({ partition }) => ({ date: partition }));
	for (const portion of datesInPortions(dated, rowsOn)) {
		await computeEach(
			portion,
			(dates) => comparePortion(work, sources, stale, dates),
			refuseTogether(work, ['live_anomalies']),
		);
	}
	await release(bench.duckdb, ['first_sales', 'anomaly_dates', 'live_hours', 'live_anomalies']);
}

async function comparePortion(
	work: Work,
	{ silver_gadget_sales: sales }: Sources,
	stale: readonly Target[],
	dates: readonly string[],
): Promise<void> {
	const { bench } = work;
	const { duckdb } = bench;
	const partitions = [...new Set(dates.flatMap(hoursWindow))];
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
	const fitting = await refuseOverflows(work, ['live_anomalies'], dates);
	await writeTable(
		work,
		'live_anomalies',
		stale.filter(({ partition }) => fitting.includes(partition)),
	);
}
