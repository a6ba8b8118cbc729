import type { TaskContext } from '../context';
import { goldTables } from '../contracts';
import { type Change, type Lake, lakeFormat, type PartitionEntry, type TableManifest } from '../lake';
import { attach } from '../lake/partitions';
import { sendAlert } from '../operations/alerts';
import type { Outcome } from '../platform/result';

/** Which spikes and drops people have been told of: a partition a date, with them as a fact. */
export const alarmsTable = 'internal_live_alarms';

/** An hour's sales count as whole so long after its end: Firehose holds records for 15 minutes at most. */
const graceMs = 15 * 60_000;
const hourMs = 3600_000;
/** Lines of a message; the table has the others. */
const mostLines = 20;

/** A spike or a drop of a product's live sales in an hour. */
interface Anomaly {
	readonly date: string;
	/** The start of the hour, ISO 8601, UTC. */
	readonly hour: string;
	readonly product: string;
	readonly direction: string;
	readonly units: string;
	readonly expected: string;
	readonly deviation: string;
}

/** Dates, both ends included; all without. */
export type AlarmDates = { readonly from: string; readonly to: string } | undefined;

/**
 * Tells people, in one message, of the spikes and drops among the live sales that they have not been told of. A drop
 * counts only once its hour is over: until then more sales may come. What was sent is noted in the lake after it has
 * been sent: a run that is cut off in between is repeated by the next one, and none is left out.
 */
export async function raiseAlarms(context: TaskContext, dates: AlarmDates, { dryRun = false } = {}): Promise<Outcome> {
	const lake = await context.lake();
	const snapshot = await lake.newest();
	const [gold, noted] = await Promise.all([
		snapshot.table(goldTables.live_anomalies.name),
		snapshot.table(alarmsTable),
	]);
	const looked = Object.keys(gold.partitions)
		.filter((date) => !dates || (date >= dates.from && date <= dates.to))
		.filter((date) => noted.partitions[date]?.version !== gold.partitions[date]?.version)
		.sort();
	const found = looked.length === 0 ? [] : await anomaliesOn(context, lake, gold, looked);
	const overBefore = context.run.startedAt.getTime() - graceMs - hourMs;
	const isDue = ({ hour, direction }: Anomaly) => direction === 'spike' || Date.parse(hour) <= overBefore;
	const due = found.filter(isDue);
	const fresh = due.filter((one) => !toldIn(noted, one.date).has(anomalyKey(one)));
	const outcome = { head: snapshot.head.number, dates: looked.length, alarms: fresh };
	if (dryRun) return { status: 'planned', ...outcome };
	if (looked.length === 0) return { status: 'unchanged', ...outcome };
	if (fresh.length > 0) await sendAlert(context, alarmMessage(fresh));
	// A date with a drop that is not due yet is looked at again, whether or not it changes.
	const settled = looked.filter((date) => found.every((one) => one.date !== date || isDue(one)));
	const { committed, snapshot: after } = await lake.transact(context.run, async (newest) =>
		compareAnomalies(await newest.table(alarmsTable), gold, settled, fresh),
	);
	return { status: committed ? 'published' : 'unchanged', ...outcome, head: after.head.number };
}

async function anomaliesOn(
	context: TaskContext,
	{ store }: Lake,
	gold: TableManifest,
	partitions: readonly string[],
): Promise<Anomaly[]> {
	const [duckdb, scratch] = [await context.duckdb(), await context.scratch()];
	await attach({ store, duckdb, scratch }, goldTables.live_anomalies, gold, { as: 'live_anomalies', partitions });
	const rows = await duckdb.rows(
		`select sale_date as date, strftime(hour, '%Y-%m-%dT%H:%M:%SZ') as hour, product_name as product, direction,
			units, expected, deviation
		 from live_anomalies where direction in ('spike', 'drop') order by hour, product_name`,
	);
	return rows.map((row) =>
		Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value)])),
	) as unknown as Anomaly[];
}

const anomalyKey = ({ hour, product, direction }: Anomaly): string => JSON.stringify([hour, product, direction]);

function toldIn({ partitions }: Pick<TableManifest, 'partitions'>, date: string): Set<string> {
	return new Set(JSON.parse(String(partitions[date]?.facts?.told ?? '[]')) as string[]);
}

function compareAnomalies(
	noted: TableManifest,
	gold: TableManifest,
	settled: readonly string[],
	fresh: readonly Anomaly[],
): Change | null {
	const partitions: Record<string, PartitionEntry> = { ...noted.partitions };
	for (const date of new Set([...settled, ...fresh.map((one) => one.date)])) {
		const told = toldIn(noted, date);
		for (const one of fresh) if (one.date === date) told.add(anomalyKey(one));
		const version = settled.includes(date) ? gold.partitions[date]?.version : noted.partitions[date]?.version;
		const facts = { told: JSON.stringify([...told].sort()) };
		partitions[date] = { version: version ?? 'pending', files: [], rows: 0, fingerprint: facts.told, facts };
	}
	const isSame = JSON.stringify(partitions) === JSON.stringify(noted.partitions);
	return isSame
		? null
		: { tables: { [alarmsTable]: { format: lakeFormat, table: alarmsTable, contract: 1, partitions } } };
}

function alarmMessage(anomalies: readonly Anomaly[]) {
	const count = (direction: string) => anomalies.filter((one) => one.direction === direction).length;
	const some = (n: number, what: string) => (n === 0 ? [] : [`${n} ${what}${n === 1 ? '' : 's'}`]);
	const subject = `Live sales: ${[...some(count('spike'), 'spike'), ...some(count('drop'), 'drop')].join(', ')}`;
	const lines = anomalies
		.slice(0, mostLines)
		.map(
			({ hour, product, direction, units, expected, deviation }) =>
				`${hour.slice(0, 16).replace('T', ' ')}  ${direction}  ${product}: ${units} sold, ${expected} expected (${deviation} spreads)`,
		);
	const more = anomalies.length > mostLines ? [`… and ${anomalies.length - mostLines} more.`] : [];
	return {
		subject,
		message: [...lines, ...more, '', 'All of them are in the table gold_live_anomalies. Each is told once.'].join('\n'),
	};
}
