import type { TaskContext } from '../../context';
import { datasetNames, isSealedBatchId, type StreamName, sealedBatchId, streams } from '../../contracts';
import type { BatchManifest, Change, Lake, Ledger, Snapshot } from '../../lake';
import { sumCounts, uploadBatch } from '../../pipeline/bronze';
import { waitingBatches } from '../../pipeline/silver';
import type { DuckDb } from '../../platform/duckdb/duckdb';
import { NoInputError } from '../../platform/errors';
import type { Outcome } from '../../platform/result';
import { type Delivered, listDelivered } from './delivered';
import { sealedTable, unsealed, withSealed } from './sealed-set';
import { type SealOptions, stageObjects } from './stage-objects';

/** Objects that one batch holds at most: its manifest names them all. */
const mostObjects = 100_000;

export interface SealingOptions {
	readonly streams: readonly StreamName[];
	/** What was delivered before this instant is sealed; batches are named after its hour. */
	readonly until: Date;
	readonly dryRun?: boolean;
}

/**
 * Seals what the streams have delivered and no batch has: each object into one batch, in the order of arrival, as Bronze
 * and quarantine. Throws NoInputError where nothing is new and no sealed batch waits to be admitted.
 */
export async function sealStreams(
	context: TaskContext,
	{ streams: names, until, dryRun = false }: SealingOptions,
): Promise<Outcome> {
	const lake = await context.lake();
	if (dryRun) {
		const plan = await Promise.all(names.map((name) => planSealing(lake, name, until)));
		return { status: 'planned', streams: plan };
	}
	const engine = lazily(() => context.duckdb());
	const sealed: BatchManifest[] = [];
	for (const name of names) sealed.push(...(await sealStream(context, lake, engine, name, until)));
	const { head } = await lake.newest();
	const waiting = waitingBatches(await (await lake.newest()).ledger());
	if (sealed.length === 0 && waiting.length === 0) {
		throw new NoInputError(
			`Nothing new was delivered under ${names.map((name) => streams[name].prefix).join(' or ')} before ${until.toISOString()}.`,
		);
	}
	const sum = (of: (batch: BatchManifest) => number) => sealed.reduce((total, batch) => total + of(batch), 0);
	return {
		status: sealed.length > 0 ? 'published' : 'unchanged',
		batch: sealed.length === 1 ? (sealed[0]?.batch ?? null) : null,
		head: head.number,
		received: sum(({ received }) => received),
		rejected: sum(({ rejected }) => sumCounts(rejected)),
		objects: sum(({ sources }) => sources.length),
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

async function planSealing(lake: Lake, stream: StreamName, until: Date): Promise<Record<string, unknown>> {
	const { objects, strangers } = await listDelivered(lake.store, stream, until);
	const fresh = await unsealed(lake.store, await lake.newest(), stream, objects);
	return { stream, objects: fresh.length, bytes: fresh.reduce((sum, { bytes }) => sum + bytes, 0), strangers };
}

async function sealStream(
	context: TaskContext,
	lake: Lake,
	engine: () => Promise<DuckDb>,
	stream: StreamName,
	until: Date,
): Promise<BatchManifest[]> {
	const { objects, strangers } = await listDelivered(lake.store, stream, until);
	if (strangers.length > 0) {
		context.log.warn(
			`${strangers.length} objects under ${streams[stream].prefix} have no hour of delivery in their key and are left alone, such as ${strangers[0]}`,
		);
	}
	const batches: BatchManifest[] = [];
	const staging = new Staging(context, lake, engine);
	for (;;) {
		let manifest: BatchManifest | undefined;
		const { committed } = await lake.transact(context.run, async (snapshot): Promise<Change | null> => {
			const pending = (await unsealed(lake.store, snapshot, stream, objects)).slice(0, mostObjects);
			if (pending.length === 0) return null;
			const ledger = await snapshot.ledger();
			const identity = sealIdentity(ledger, stream, until, context.run.startedAt);
			manifest = await staging.of(pending, { stream, ...identity });
			return computeChange(lake, snapshot, ledger, stream, pending, manifest);
		});
		if (!committed || !manifest) return batches;
		batches.push(manifest);
	}
}

/** The batch that comes next: no other has its id, and its as-of is later than that of all sealed before it. */
function sealIdentity(ledger: Ledger, stream: StreamName, until: Date, startedAt: Date) {
	const taken = new Set(datasetNames.flatMap((dataset) => Object.keys(ledger.ingested[dataset] ?? {})));
	let number = 1;
	while (taken.has(sealedBatchId(stream, until, number))) number++;
	const earlier = Object.entries(ledger.ingested[streams[stream].dataset] ?? {})
		.filter(([batch]) => isSealedBatchId(batch, stream))
		.map(([, { as_of }]) => Date.parse(as_of) + 1);
	const asOf = new Date(earlier.reduce((latest, one) => Math.max(latest, one), startedAt.getTime())).toISOString();
	return { batch: sealedBatchId(stream, until, number), asOf };
}

async function computeChange(
	{ store }: Lake,
	snapshot: Snapshot,
	ledger: Ledger,
	stream: StreamName,
	objects: readonly Delivered[],
	{ dataset, batch, attempt, as_of, received, rejected }: BatchManifest,
): Promise<Change> {
	const version = { attempt, as_of, received, rejected: sumCounts(rejected) };
	const ingested = { ...ledger.ingested, [dataset]: { ...ledger.ingested[dataset], [batch]: version } };
	const sealed = await withSealed(store, snapshot, stream, objects, attempt);
	return { ledger: { ...ledger, ingested }, tables: { [sealedTable(stream)]: sealed } };
}

/** Stages and uploads batches. Where another run commits first, what it has made stands if it would be the same. */
class Staging {
	private made: { readonly of: string; readonly manifest: BatchManifest } | undefined;
	private times = 0;

	constructor(
		private readonly context: TaskContext,
		private readonly lake: Lake,
		private readonly engine: () => Promise<DuckDb>,
	) {}

	async of(objects: readonly Delivered[], options: Omit<SealOptions, 'attempt'>): Promise<BatchManifest> {
		const of = JSON.stringify([options, objects.map(({ key }) => key)]);
		if (this.made?.of !== of) {
			const { run } = this.context;
			const attempt = this.times++ === 0 ? run.attempt : `${run.attempt}-${this.times}`;
			const staged = await stageObjects(this.context, await this.engine(), this.lake.store, objects, {
				...options,
				attempt,
			});
			this.made = { of, manifest: await uploadBatch(this.lake, staged) };
		}
		return this.made.manifest;
	}
}

function lazily<T>(make: () => Promise<T>): () => Promise<T> {
	let made: Promise<T> | undefined;
	return () => {
		made ??= make();
		return made;
	};
}
