import { createHash } from 'node:crypto';
import type { TaskContext } from '../context';
import { type StreamName, streams } from '../contracts';
import type { ObjectStore } from '../lake';
import { mapConcurrently } from '../platform/concurrency';
import type { Outcome } from '../platform/result';
import { type RetransformedRecord, retransformFailed } from './failed-records';
import { type DeliveredObject, listDeliveredObjects } from './seal/delivered-objects';

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
	const [{ store }, { parseLiveOrder }] = await Promise.all([context.lake(), import('./live-orders')]);
	const { failedPrefix } = streams[stream];
	const { objects } = await listDeliveredObjects(store, stream, context.clock(), failedPrefix);
	const failed = objects.filter(({ date }) => !dates || (date >= dates.from && date <= dates.to));
	if (failed.length === 0) {
		const when = dates ? ` from ${dates.from} to ${dates.to}` : '';
		context.log.info(`Nothing to replay: there is no failed record under ${failedPrefix}${when}.`);
	}
	let delivered = 0;
	const replay = async (object: DeliveredObject) => {
		const retransformed = await retransformFailed(store, object.key, parseLiveOrder);
		if (!dryRun && (await deliver(store, stream, object, retransformed))) delivered++;
		return retransformed.map((record) => ({ object: object.key, ...record }));
	};
	const all = (await mapConcurrently(failed, parallelObjects, replay, context.signal)).flat();
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

/** Writes the replayable records of a failed object among the delivered objects; false if they are there already. */
async function deliver(
	store: ObjectStore,
	stream: StreamName,
	{ name }: DeliveredObject,
	records: readonly RetransformedRecord[],
): Promise<boolean> {
	const content = records.map(({ record = '' }) => record).join('');
	if (content === '') return false;
	const digest = createHash('sha256')
		.update(JSON.stringify([name, content]))
		.digest('hex')
		.slice(0, 24);
	const hour = name.split('/').slice(0, 4).join('/');
	const key = `${streams[stream].prefix}${hour}/replayed-${digest}.ndjson`;
	if ((await store.getText(key)) !== undefined) return false;
	// What it returns is of no use here: it is false also if only the response of this very write was lost.
	await store.createText(key, content);
	return true;
}

function countBy<T>(items: readonly T[], itemName: (item: T) => string): Record<string, number> {
	const counts = new Map<string, number>();
	for (const item of items) counts.set(itemName(item), (counts.get(itemName(item)) ?? 0) + 1);
	return Object.fromEntries(counts);
}
