import type { TaskContext } from '../../context';
import { isSealedBatchId, type StreamName, sealedBatchId, streams } from '../../contracts';
import {
	type BatchManifest,
	type Change,
	type Lake,
	type Ledger,
	type ObjectStore,
	type Snapshot,
	sealedTable,
	withIngested,
} from '../../lake';
import { uploadBatch } from '../../pipeline/bronze';
import { waitingBatches } from '../../pipeline/silver';
import { sumCounts } from '../../platform/counts';
import type { DuckDb } from '../../platform/duckdb/duckdb';
import { NoInputError } from '../../platform/errors';
import { explain } from '../../platform/failure';
import { once } from '../../platform/once';
import type { Outcome } from '../../platform/result';
import { type DeliveredObject, listDeliveredObjects } from './delivered-objects';
import { unsealed, withSealed } from './sealed-set';
import { type SealOptions, stageObjects } from './stage-objects';
import { type TagOptions, tagSealed } from './tag-sealed';

/** Maximum objects per batch: the manifest of the batch names them all. */
const maxObjects = 100_000;

export interface SealingOptions {
	readonly streams: readonly StreamName[];
	/** Only objects delivered before this instant are sealed; batches are named after its hour. */
	readonly until: Date;
	readonly dryRun?: boolean;
}

/**
 * Seals the delivered objects that are in no batch yet, in arrival order, into batches of Bronze and quarantine. Every
 * object goes into exactly one batch. Throws NoInputError if nothing is new and no sealed batch waits to be admitted.
 */
export async function sealStreams(
	context: TaskContext,
	{ streams: names, until, dryRun = false }: SealingOptions,
): Promise<Outcome> {
	const lake = await context.lake();
	if (dryRun) {
		const snapshot = await lake.newest();
		const plan = await Promise.all(names.map((name) => planSealing(lake.store, snapshot, name, until)));
		return { status: 'planned', streams: plan };
	}
	const engine = once(() => context.duckdb());
	const sealed: BatchManifest[] = [];
	let tagged = 0;
	for (const name of names) {
		const done = await sealStream(context, lake, engine, name, until);
		sealed.push(...done.batches);
		tagged += done.tagged;
	}
	const snapshot = await lake.newest();
	const waiting = waitingBatches(await snapshot.ledger(), lake.contracts);
	if (sealed.length === 0 && waiting.length === 0) {
		throw new NoInputError(
			`Nothing new was delivered under ${names.map((name) => streams[name].prefix).join(' or ')} before ${until.toISOString()}.`,
		);
	}
	const sum = (count: (batch: BatchManifest) => number) => sealed.reduce((total, batch) => total + count(batch), 0);
	return {
		status: sealed.length > 0 ? 'published' : 'unchanged',
		batch: sealed.length === 1 ? (sealed[0]?.batch ?? null) : null,
		head: snapshot.head.number,
		received: sum(({ received }) => received),
		rejected: sum(({ rejected }) => sumCounts(rejected)),
		objects: sum(({ sources }) => sources.length),
		tagged,
		batches: sealed.map(({ dataset, batch, as_of, sources, received, rejected, files }) => ({
			dataset,
			batch,
			as_of,
			objects: sources.length,
			bronze_objects: files.length,
			received,
			rejected: sumCounts(rejected),
			rejected_by_rule: rejected,
		})),
		waiting,
	};
}

async function planSealing(
	store: ObjectStore,
	snapshot: Snapshot,
	stream: StreamName,
	until: Date,
): Promise<Record<string, unknown>> {
	const { objects, unrecognised } = await listDeliveredObjects(store, stream, until);
	const fresh = await unsealed(store, snapshot, stream, objects);
	const bytes = fresh.reduce((sum, object) => sum + object.bytes, 0);
	return { stream, objects: fresh.length, bytes, unrecognised };
}

async function sealStream(
	context: TaskContext,
	lake: Lake,
	engine: () => Promise<DuckDb>,
	stream: StreamName,
	until: Date,
): Promise<{ readonly batches: BatchManifest[]; readonly tagged: number }> {
	const { objects, unrecognised } = await listDeliveredObjects(lake.store, stream, until);
	if (unrecognised.length > 0) {
		context.log.warn(
			`${unrecognised.length} objects under ${streams[stream].prefix} are ignored because their key has no hour of delivery, such as ${unrecognised[0]}`,
		);
	}
	const batches: BatchManifest[] = [];
	const staging = new Staging(context, lake, engine);
	for (;;) {
		let manifest: BatchManifest | undefined;
		const { committed } = await lake.transact(context.run, async (snapshot): Promise<Change | null> => {
			const pending = (await unsealed(lake.store, snapshot, stream, objects)).slice(0, maxObjects);
			if (pending.length === 0) return null;
			const ledger = await snapshot.ledger();
			const next = nextBatch(ledger, stream, until, context.run.startedAt);
			manifest = await staging.stage(pending, { stream, ...next });
			return sealingChange(lake, snapshot, ledger, stream, pending, manifest);
		});
		if (!committed || !manifest) break;
		batches.push(manifest);
	}
	const fresh = new Set(batches.flatMap(({ sources }) => sources.map(({ name }) => name)));
	return { batches, tagged: await tagObjects(context, lake.store, { stream, objects, fresh }) };
}

/** Tags what is sealed. A failure does not stop the batches, which are committed: the next seal tags what this one left. */
async function tagObjects(
	{ log, signal, progress }: TaskContext,
	store: ObjectStore,
	sealed: Pick<TagOptions, 'stream' | 'objects' | 'fresh'>,
): Promise<number> {
	let tagged = 0;
	const onProgress = (count: number) => {
		tagged = count;
		progress.update(`tagged objects of ${sealed.stream}`, count, sealed.objects.length);
	};
	try {
		return await tagSealed(store, { ...sealed, signal, onProgress });
	} catch (error) {
		signal.throwIfAborted();
		log.warn(
			`Not all sealed objects of ${sealed.stream} could be tagged, so S3 keeps them: ${explain(error)} The next seal tags them.`,
		);
		return tagged;
	} finally {
		progress.clear();
	}
}

/** The next batch's id, which no batch has, and its as-of, which is later than that of every sealed batch of the stream. */
function nextBatch(ledger: Ledger, stream: StreamName, until: Date, startedAt: Date) {
	const taken = new Set(Object.values(ledger.ingested).flatMap((batches) => Object.keys(batches)));
	let number = 1;
	while (taken.has(sealedBatchId(stream, until, number))) number++;
	const earlier = Object.entries(ledger.ingested[streams[stream].dataset] ?? {})
		.filter(([batch]) => isSealedBatchId(batch, stream))
		.map(([, { as_of }]) => Date.parse(as_of) + 1);
	const asOf = new Date(earlier.reduce((latest, one) => Math.max(latest, one), startedAt.getTime())).toISOString();
	return { batch: sealedBatchId(stream, until, number), asOf };
}

async function sealingChange(
	{ store, contracts }: Lake,
	snapshot: Snapshot,
	ledger: Ledger,
	stream: StreamName,
	objects: readonly DeliveredObject[],
	manifest: BatchManifest,
): Promise<Change> {
	const sealed = await withSealed(store, snapshot, stream, objects, manifest.attempt);
	return { ledger: withIngested(ledger, manifest, contracts), tables: { [sealedTable(stream)]: sealed } };
}

/** Stages and uploads batches. If another run commits first, an upload is reused when its input is still the same. */
class Staging {
	private uploaded: { readonly input: string; readonly manifest: BatchManifest } | undefined;
	private times = 0;

	constructor(
		private readonly context: TaskContext,
		private readonly lake: Lake,
		private readonly engine: () => Promise<DuckDb>,
	) {}

	async stage(objects: readonly DeliveredObject[], options: Omit<SealOptions, 'attempt'>): Promise<BatchManifest> {
		const input = JSON.stringify([options, objects.map(({ key }) => key)]);
		if (this.uploaded?.input !== input) {
			const { run } = this.context;
			const attempt = this.times++ === 0 ? run.attempt : `${run.attempt}-${this.times}`;
			const staged = await stageObjects(this.context, await this.engine(), this.lake.store, objects, {
				...options,
				attempt,
			});
			this.uploaded = { input, manifest: await uploadBatch(this.lake, staged) };
		}
		return this.uploaded.manifest;
	}
}
