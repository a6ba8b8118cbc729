import type { TaskContext } from '../context';
import { goldTables } from '../contracts';
import { type Change, lakeFormat, liveAlarmsTable, type PartitionEntry, type TableManifest } from '../lake';
import { sendAlert } from '../operations/alerts';
import type { Outcome } from '../platform/result';

/** The spikes and drops that were sent: a partition per date, with their keys in its facts. */
export const alarmsTable = liveAlarmsTable;

/** An hour's sales are complete this long after its end: Firehose buffers records for at most 15 minutes. */
const graceMs = 15 * 60_000;
const hourMs = 3600_000;
/** Maximum lines of a message; the table has the others. */
const maxLines = 20;

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

/** Dates, both ends included; undefined for all. */
export type AlarmDates = { readonly from: string; readonly to: string } | undefined;

/**
 * Sends one message with the spikes and drops in live sales that were not sent before. A drop is due only when its hour is
 * over: until then more sales may come. What was sent is recorded after sending: if a run dies in between, the next one
 * sends it again, and no alarm is lost.
 */
export async function raiseAlarms(context: TaskContext, dates: AlarmDates, { dryRun = false } = {}): Promise<Outcome> {
	const lake = await context.lake();
	const snapshot = await lake.newest();
	const [gold, recorded] = await Promise.all([
		snapshot.table(goldTables.live_anomalies.name),
		snapshot.table(alarmsTable),
	]);
	const changed = Object.keys(gold.partitions)
		.filter((date) => !dates || (date >= dates.from && date <= dates.to))
		.filter((date) => recorded.partitions[date]?.version !== gold.partitions[date]?.version)
		.sort();
	const found = changed.length === 0 ? [] : await readAnomalies(context, gold, changed);
	const overBefore = context.run.startedAt.getTime() - graceMs - hourMs;
	const isDue = ({ hour, direction }: Anomaly) => direction === 'spike' || Date.parse(hour) <= overBefore;
	const due = found.filter(isDue);
	const unsent = due.filter((anomaly) => !sentKeys(recorded, anomaly.date).has(anomalyKey(anomaly)));
	const outcome = { head: snapshot.head.number, dates: changed.length, alarms: unsent };
	if (dryRun) return { status: 'planned', ...outcome };
	if (changed.length === 0) return { status: 'unchanged', ...outcome };
	if (unsent.length > 0) await sendAlert(context, alarmMessage(unsent));
	// A date with a drop that is not due yet is checked again, even if it doesn't change.
	const finished = changed.filter((date) => found.every((anomaly) => anomaly.date !== date || isDue(anomaly)));
	const { committed, snapshot: after } = await lake.transact(context.run, async (newest) =>
		recordSent(await newest.table(alarmsTable), { gold, finished, sent: unsent }),
	);
	return { status: committed ? 'published' : 'unchanged', ...outcome, head: after.head.number };
}

async function readAnomalies(
	context: TaskContext,
	gold: TableManifest,
	partitions: readonly string[],
): Promise<Anomaly[]> {
	const engine = await context.engine();
	const anomalies = await engine.attach(goldTables.live_anomalies, gold, partitions);
	const rows = await engine.duckdb.rows(
		`select sale_date as date, strftime(hour, '%Y-%m-%dT%H:%M:%SZ') as hour, product_name as product, direction,
			units, expected, deviation
		 from ${anomalies.name} where direction in ('spike', 'drop') order by hour, product_name`,
	);
	return rows.map((row) =>
		Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value)])),
	) as unknown as Anomaly[];
}

const anomalyKey = ({ hour, product, direction }: Anomaly): string => JSON.stringify([hour, product, direction]);

/** The keys of the alarms of a date that were sent. */
function sentKeys({ partitions }: Pick<TableManifest, 'partitions'>, date: string): Set<string> {
	return new Set(JSON.parse(String(partitions[date]?.facts?.told ?? '[]')) as string[]);
}

/** Adds sent alarms to the table, and the version of Gold that each finished date was checked in; null if nothing changes. */
function recordSent(
	recorded: TableManifest,
	{
		gold,
		finished,
		sent,
	}: { readonly gold: TableManifest; readonly finished: readonly string[]; readonly sent: readonly Anomaly[] },
): Change | null {
	const partitions: Record<string, PartitionEntry> = { ...recorded.partitions };
	for (const date of new Set([...finished, ...sent.map((anomaly) => anomaly.date)])) {
		const keys = sentKeys(recorded, date);
		for (const anomaly of sent) if (anomaly.date === date) keys.add(anomalyKey(anomaly));
		const version = (finished.includes(date) ? gold : recorded).partitions[date]?.version;
		const facts = { told: JSON.stringify([...keys].sort()) };
		partitions[date] = { version: version ?? 'pending', files: [], rows: 0, fingerprint: facts.told, facts };
	}
	const isUnchanged = JSON.stringify(partitions) === JSON.stringify(recorded.partitions);
	return isUnchanged
		? null
		: { tables: { [alarmsTable]: { format: lakeFormat, table: alarmsTable, contract: 1, partitions } } };
}

function alarmMessage(anomalies: readonly Anomaly[]) {
	const counts = ['spike', 'drop'].flatMap((direction) => {
		const count = anomalies.filter((anomaly) => anomaly.direction === direction).length;
		return count === 0 ? [] : [`${count} ${direction}${count === 1 ? '' : 's'}`];
	});
	const subject = `Live sales: ${counts.join(', ')}`;
	const lines = anomalies
		.slice(0, maxLines)
		.map(
			({ hour, product, direction, units, expected, deviation }) =>
				`${hour.slice(0, 16).replace('T', ' ')}  ${direction}  ${product}: ${units} sold, ${expected} expected (${deviation} spreads)`,
		);
	const more = anomalies.length > maxLines ? [`… and ${anomalies.length - maxLines} more.`] : [];
	return {
		subject,
		message: [...lines, ...more, '', 'All of them are in the table gold_live_anomalies. Each is sent once.'].join('\n'),
	};
}
