import { createHash } from 'node:crypto';
import type { TaskContext } from '../context';
import { type StreamName, streams } from '../contracts';
import type { ObjectStore } from '../lake';
import { mapConcurrently } from '../platform/concurrency';
import type { Outcome } from '../platform/result';
import { type Explained, explainFailed } from './failed-records';
import { type Delivered, listDelivered } from './seal/delivered';

export interface ReplayOptions {
	readonly stream: StreamName;
	/** Dates of the failed objects' prefixes, both ends included; all without. */
	readonly dates: { readonly from: string; readonly to: string } | undefined;
	readonly dryRun?: boolean;
}

const parallelObjects = 16;
/** Refused records that are told one by one. */
const mostExamples = 20;

/**
 * Looks at the records that a stream's transformation failed on, by the code that it has now, and delivers those that
 * come out: beside the delivered objects of their hour, where sealing finds them. An object is named after what is in it,
 * so that a replay that is repeated delivers nothing new; a record counts once by its `event_id` in any case. The failed
 * objects stay. Where nothing has failed there is nothing to do, and all counts are 0.
 */
export async function replayFailed(
	context: TaskContext,
	{ stream, dates, dryRun = false }: ReplayOptions,
): Promise<Outcome> {
	const [{ store }, { parseLiveOrder }] = await Promise.all([context.lake(), import('./live-orders')]);
	const { failedPrefix } = streams[stream];
	const { objects } = await listDelivered(store, stream, context.clock(), failedPrefix);
	const failed = objects.filter(({ date }) => !dates || (date >= dates.from && date <= dates.to));
	if (failed.length === 0) {
		const when = dates ? ` from ${dates.from} to ${dates.to}` : '';
		context.log.info(`Nothing to replay: no failed record lies under ${failedPrefix}${when}.`);
	}
	let delivered = 0;
	const records = await mapConcurrently(failed, parallelObjects, async (object) => {
		context.signal.throwIfAborted();
		const explained = await explainFailed(store, object.key, parseLiveOrder);
		if (!dryRun && (await deliver(store, stream, object, explained))) delivered++;
		return explained.map((record) => ({ object: object.key, ...record }));
	});
	const all = records.flat();
	const count = (verdict: Explained['verdict']) => all.filter((record) => record.verdict === verdict).length;
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
		refused_by_reason: countsBy(refused, ({ reason = '' }) => reason),
		failed_by_error: countsBy(all, ({ error = '' }) => error),
		examples: refused
			.slice(0, mostExamples)
			.map(({ object, line, reason, error, data }) => ({ object, line, reason, error, data })),
	};
}

/** Puts the records that come out where delivered objects lie; whether they were not there before. */
async function deliver(
	store: ObjectStore,
	stream: StreamName,
	{ name }: Delivered,
	explained: readonly Explained[],
): Promise<boolean> {
	const content = explained.map(({ record = '' }) => record).join('');
	if (content === '') return false;
	const digest = createHash('sha256')
		.update(JSON.stringify([name, content]))
		.digest('hex')
		.slice(0, 24);
	const hour = name.split('/').slice(0, 4).join('/');
	return store.createText(`${streams[stream].prefix}${hour}/replayed-${digest}.ndjson`, content);
}

function countsBy<T>(items: readonly T[], itemName: (item: T) => string): Record<string, number> {
	const counts = new Map<string, number>();
	for (const item of items) counts.set(itemName(item), (counts.get(itemName(item)) ?? 0) + 1);
	return Object.fromEntries(counts);
}
