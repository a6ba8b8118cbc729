import { createHash } from 'node:crypto';
import type { TaskContext } from '../context';
import { type StreamName, streams } from '../contracts';
import type { Lake } from '../lake';
import { mapConcurrently } from '../platform/concurrency';
import type { Outcome } from '../platform/result';
import { type RetransformedRecord, retransformFailed } from './failed-records';
import { type DeliveredObject, listDeliveredObjects } from './seal/delivered-objects';
import { type SealedObject, unsealed } from './seal/sealed-set';

export interface ReplayOptions {
	readonly stream: StreamName;
	/** Only objects of these dates of failure, both ends included; undefined for all. */
	readonly dates: { readonly from: string; readonly to: string } | undefined;
	readonly dryRun?: boolean;
}

const parallelObjects = 16;
/** Refused records that the result lists one by one. */
const maxExamples = 20;

/**
 * Runs the present transformation over the records that failed earlier, and delivers those that it takes now among the
 * delivered objects of their hour, where sealing finds them. An object is named after its content, so repeating a replay
 * delivers nothing new; a record counts once by its `event_id` in any case. The failed objects stay. If nothing has
 * failed, all counts are 0.
 */
export async function replayFailed(
	context: TaskContext,
	{ stream, dates, dryRun = false }: ReplayOptions,
): Promise<Outcome> {
	const [lake, { parseLiveOrder }] = await Promise.all([context.lake(), import('./live-orders')]);
	const { store } = lake;
	const { failedPrefix } = streams[stream];
	const { objects } = await listDeliveredObjects(store, stream, context.clock(), failedPrefix);
	const failed = objects.filter(({ date }) => !dates || (date >= dates.from && date <= dates.to));
	if (failed.length === 0) {
		const when = dates ? ` from ${dates.from} to ${dates.to}` : '';
		context.log.info(`Nothing to replay: there is no failed record under ${failedPrefix}${when}.`);
	}
	const retransform = async (object: DeliveredObject) => ({
		object,
		records: await retransformFailed(store, object.key, parseLiveOrder),
	});
	const retransformed = await mapConcurrently(failed, parallelObjects, retransform, context.signal);
	const replays = retransformed.flatMap(({ object, records }) => makeReplay(object, records) ?? []);
	const delivered = dryRun ? 0 : await deliver(lake, stream, replays, context.signal);
	const all = retransformed.flatMap(({ object, records }) =>
		records.map((record) => ({ object: object.key, ...record })),
	);
	const count = (verdict: RetransformedRecord['verdict']) => all.filter((record) => record.verdict === verdict).length;
	const refused = all.filter(({ verdict }) => verdict === 'refused');
	return {
		status: dryRun ? 'planned' : delivered > 0 ? 'published' : 'unchanged',
		stream,
		objects: failed.length,
		records: all.length,
		replayable: count('replayable'),
		deletions: count('deletion'),
		refused: refused.length,
		delivered_objects: delivered,
		refused_by_reason: countBy(refused, ({ reason = '' }) => reason),
		failed_by_error: countBy(all, ({ error = '' }) => error),
		examples: refused
			.slice(0, maxExamples)
			.map(({ object, line, reason, error, data }) => ({ object, line, reason, error, data })),
	};
}

/** The replayable records of a failed object, as an object of the hour in which they failed. */
interface Replay extends SealedObject {
	readonly content: string;
}

/** Undefined if none of the records is replayable. */
function makeReplay({ name, date }: DeliveredObject, records: readonly RetransformedRecord[]): Replay | undefined {
	const content = records.map(({ record = '' }) => record).join('');
	if (content === '') return undefined;
	const digest = createHash('sha256')
		.update(JSON.stringify([name, content]))
		.digest('hex')
		.slice(0, 24);
	const hour = name.split('/').slice(0, 4).join('/');
	return { name: `${hour}/replayed-${digest}.ndjson`, date, content };
}

/**
 * Writes replays among the delivered objects; resolves to how many. One that is there already is left, and so is one that
 * was sealed: its object may have been deleted since.
 */
async function deliver(
	lake: Lake,
	stream: StreamName,
	replays: readonly Replay[],
	signal: AbortSignal,
): Promise<number> {
	if (replays.length === 0) return 0;
	const { store } = lake;
	const write = async ({ name, content }: Replay): Promise<boolean> => {
		const key = `${streams[stream].prefix}${name}`;
		if ((await store.getText(key)) !== undefined) return false;
		// What it returns is of no use here: it is false also if only the response of this very write was lost.
		await store.createText(key, content);
		return true;
	};
	const pending = await unsealed(store, await lake.newest(), stream, replays);
	return (await mapConcurrently(pending, parallelObjects, write, signal)).filter(Boolean).length;
}

function countBy<T>(items: readonly T[], itemName: (item: T) => string): Record<string, number> {
	const counts = new Map<string, number>();
	for (const item of items) counts.set(itemName(item), (counts.get(itemName(item)) ?? 0) + 1);
	return Object.fromEntries(counts);
}
