import { randomBytes } from 'node:crypto';
import type { ZodType } from 'zod';
import { InternalError, TerminatedError, TryAgainError, UsageError } from '../shared/errors';
import { isPassing } from '../shared/failure';
import { backOff } from '../shared/retry';
import {
	type BatchManifest,
	batchManifest,
	type Head,
	head as headSchema,
	type Ledger,
	lakeFormat,
	ledger as ledgerSchema,
	type TableManifest,
	tableManifest,
} from './model';
import type { ObjectStore } from './store';

/** A run that began longer ago refuses to commit: vacuum may have taken its files for abandoned. */
export const longestRunMs = 12 * 3600_000;
/** So many other runs in a row may commit first before a run gives up for now. */
const maxConflicts = 50;
/** After so many of them it waits before it looks again: others are faster, or what the store lists is behind. */
const patientConflicts = 10;
const patience = { firstMs: 20, longestMs: 1000 } as const;

/** Who commits: each try of each task has an `attempt` of its own. */
export interface Run {
	readonly task: string;
	readonly runId: string;
	readonly attempt: string;
	readonly startedAt: Date;
}

/** A name that no other try of any run has: 12 hexadecimal digits. */
export const newAttempt = (): string => randomBytes(6).toString('hex');

/** What a commit puts in place of what was there; tables not named stay. A table set to null is removed. */
export interface Change {
	readonly ledger?: Ledger;
	readonly tables?: Readonly<Record<string, TableManifest | null>>;
	readonly oldestKept?: number;
	readonly restored?: number;
}

/** One state of the whole lake, read as lazily as it is asked for; it never changes. */
export class Snapshot {
	private readonly read = new Map<string, Promise<unknown>>();

	constructor(
		private readonly store: ObjectStore,
		readonly head: Head,
	) {}

	/** All batches, as ingested and as admitted. */
	ledger(): Promise<Ledger> {
		const none: Ledger = { format: lakeFormat, ingested: {}, admitted: {}, left_out: {} };
		return this.head.ledger === null
			? Promise.resolve(none)
			: this.once(this.head.ledger, () => readJson(this.store, this.head.ledger as string, ledgerSchema));
	}

	/** A table's partitions; none where the table has never been written. */
	table(name: string): Promise<TableManifest> {
		const key = this.head.tables[name];
		return key === undefined
			? Promise.resolve({ format: lakeFormat, table: name, contract: 1, partitions: {} })
			: this.once(key, () => readJson(this.store, key, tableManifest));
	}

	private once<T>(key: string, make: () => Promise<T>): Promise<T> {
		const made = (this.read.get(key) as Promise<T> | undefined) ?? make();
		this.read.set(key, made);
		return made;
	}
}

/** The log of heads over an object store: how states of the lake are read and committed. */
export class Lake {
	constructor(
		readonly store: ObjectStore,
		private readonly clock: () => Date,
		/** Once it is aborted, nothing more is committed. */
		private readonly signal?: AbortSignal,
	) {}

	/** The newest state. An empty lake has head 0. */
	async newest(): Promise<Snapshot> {
		// The hint saves listing a long log; a stale or missing one costs a longer listing, never a wrong answer.
		const hint = await this.store.getText(hintKey);
		let newest = hint !== undefined && /^\d{10}$/.test(hint) ? headKey(Number(hint)) : undefined;
		for await (const { key } of this.store.list(headPrefix, newest)) newest = key;
		return new Snapshot(this.store, newest === undefined ? emptyHead : await readJson(this.store, newest, headSchema));
	}

	/** The state that head `number` made; throws UsageError where there is no such head or its files may be gone. */
	async at(number: number): Promise<Snapshot> {
		const { head: newest } = await this.newest();
		if (number < newest.oldest_kept || number > newest.number || number < 1) {
			throw new UsageError(
				`There is no head ${number} to go back to: the lake keeps heads ${Math.max(1, newest.oldest_kept)} to ${newest.number}. See 'shoplake status --history'.`,
			);
		}
		return new Snapshot(this.store, await readJson(this.store, headKey(number), headSchema));
	}

	/** The heads that can be gone back to, oldest first. */
	async history(): Promise<Head[]> {
		const { head: newest } = await this.newest();
		const numbers = [];
		for (let number = Math.max(1, newest.oldest_kept); number <= newest.number; number++) numbers.push(number);
		return Promise.all(numbers.map((number) => readJson(this.store, headKey(number), headSchema)));
	}

	/**
	 * Takes the newest state, lets `work` say what to change, and commits it whole or not at all.
	 * Where another run commits first, `work` is called again with the state that run left. Null commits nothing.
	 * `evenIfStopped` is for what a run that is stopped has to take back.
	 * @returns the state after the commit, and whether there was one.
	 */
	async transact(
		run: Run,
		work: (snapshot: Snapshot) => Promise<Change | null>,
		{ evenIfStopped = false }: { evenIfStopped?: boolean } = {},
	): Promise<{ snapshot: Snapshot; committed: boolean }> {
		for (let conflicts = 0; conflicts < maxConflicts; conflicts++) {
			const snapshot = await this.newest();
			const change = await work(snapshot);
			if (change === null) return { snapshot, committed: false };
			if (this.signal?.aborted && !evenIfStopped) {
				throw new TerminatedError('Stopped by a signal; nothing more is published.');
			}
			const committed = await this.commit(run, snapshot.head, change);
			if (committed) return { snapshot: new Snapshot(this.store, committed), committed: true };
			if (conflicts > patientConflicts) await backOff(patience, conflicts - patientConflicts);
		}
		throw new TryAgainError(
			`${maxConflicts} other runs committed before this one could. Try again when the lake is quieter.`,
		);
	}

	/** The manifest of one version of a batch. */
	batch(dataset: string, batch: string, attempt: string): Promise<BatchManifest> {
		return readJson(this.store, batchManifestKey(dataset, batch, attempt), batchManifest);
	}

	/** The key of the manifest of a version of a batch. */
	batchKey(dataset: string, batch: string, attempt: string): string {
		return batchManifestKey(dataset, batch, attempt);
	}

	/** Writes the manifest of a new version of a batch; nobody sees it before a head names it. */
	async putBatch(manifest: BatchManifest): Promise<void> {
		const key = batchManifestKey(manifest.dataset, manifest.batch, manifest.attempt);
		await this.store.putText(key, JSON.stringify(manifest));
	}

	private async commit(run: Run, base: Head, change: Change): Promise<Head | undefined> {
		if (this.clock().getTime() - run.startedAt.getTime() > longestRunMs) {
			throw new TryAgainError(
				`This run began ${run.startedAt.toISOString()}, longer ago than the 12 hours that its files are safe. Nothing was published; run it again.`,
			);
		}
		// A run that tries again, or commits twice, never writes to the same place.
		const version = `${run.attempt}-${base.number + 1}`;
		const head: Head = {
			format: lakeFormat,
			number: base.number + 1,
			created_at: this.clock().toISOString(),
			task: run.task,
			run_id: run.runId,
			attempt: run.attempt,
			tables: { ...base.tables },
			ledger: base.ledger,
			oldest_kept: change.oldestKept ?? base.oldest_kept,
			...(change.restored === undefined ? {} : { restored: change.restored }),
		};
		const writes: Promise<void>[] = [];
		for (const [name, manifest] of Object.entries(change.tables ?? {})) {
			if (manifest === null) {
				delete head.tables[name];
				continue;
			}
			const key = `_manifests/tables/${name}/${version}.json`;
			head.tables[name] = key;
			writes.push(this.store.putText(key, JSON.stringify(manifest)));
		}
		if (change.ledger) {
			head.ledger = `_manifests/ledger/${version}.json`;
			writes.push(this.store.putText(head.ledger, JSON.stringify(change.ledger)));
		}
		await Promise.all(writes);
		const text = JSON.stringify(head);
		if (!(await this.store.createText(headKey(head.number), text))) {
			// The key is taken: by another commit, or by this very write whose answer was lost on the way. The text tells,
			// because two commits of one run may meet, too.
			if ((await this.store.getText(headKey(head.number))) !== text) return undefined;
		}
		// The commit stands: a hint that can't be written now is only an old one.
		await this.store.putText(hintKey, String(head.number).padStart(10, '0')).catch((error) => {
			if (!isPassing(error)) throw error;
		});
		return head;
	}
}

const headPrefix = '_heads/';
const hintKey = '_hints/newest-head';
const headKey = (number: number) => `${headPrefix}${String(number).padStart(10, '0')}.json`;
const batchManifestKey = (dataset: string, batch: string, attempt: string) =>
	`_manifests/batches/${dataset}/${encodeURIComponent(batch)}/${attempt}.json`;

const emptyHead: Head = {
	format: lakeFormat,
	number: 0,
	created_at: new Date(0).toISOString(),
	task: '',
	run_id: '',
	attempt: '',
	tables: {},
	ledger: null,
	oldest_kept: 0,
};

async function readJson<T>(store: ObjectStore, key: string, schema: ZodType<T>): Promise<T> {
	const text = await store.getText(key);
	if (text === undefined) {
		throw new InternalError(`${key} is missing, though the lake names it. Was it deleted by hand?`);
	}
	const value: unknown = JSON.parse(text);
	const format = (value as { format?: unknown }).format;
	if (typeof format === 'number' && format > lakeFormat) {
		throw new UsageError(
			`${key} has format ${format}; this shoplake reads up to ${lakeFormat}. A newer shoplake wrote this lake: use that one.`,
		);
	}
	return schema.parse(value);
}
