import { randomBytes } from 'node:crypto';
import { mapConcurrently } from '../platform/concurrency';
import { ConfigurationError, TerminatedError, TryAgainError, UsageError } from '../platform/errors';
import { isRetryable } from '../platform/failure';
import { backOff } from '../platform/retry';
import { checkedJson, readCheckedJson } from './checked-json';
import { DamagedObjectError, earlierVersion } from './damage';
import { findLogEnd, headKey, listHeads, readHead, writeHint } from './heads';
import { batchManifestKey, ledgerKey, prefixes, tableManifestKey } from './layout';
import {
	type BatchManifest,
	batchManifest,
	type Head,
	type Ledger,
	lakeFormat,
	ledger as ledgerSchema,
	type TableManifest,
	tableManifest,
} from './model';
import type { ObjectStore } from './object-store';

/** A run that began longer ago refuses to commit: vacuum may have taken its files for abandoned. */
export const longestRunMs = 12 * 3600_000;
/** So many other runs in a row may commit first before a run gives up for now. */
const maxConflicts = 50;
/** After so many of them it waits before it looks again: others are faster, or what the store lists is behind. */
const immediateRetries = 10;
const retryDelay = { firstMs: 20, longestMs: 1000 } as const;
const parallelReads = 8;
/** Missing heads that are told one by one. */
const mostLost = 100;
/** How far a machine's clock may be off the store's. */
const clockToleranceMs = 5 * 60_000;

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
		const { ledger: key } = this.head;
		return key === null
			? Promise.resolve(emptyLedger)
			: this.once(key, () => readCheckedJson(this.store, key, ledgerSchema));
	}

	/** A table's partitions; none where the table has never been written. */
	table(name: string): Promise<TableManifest> {
		const key = this.head.tables[name];
		return key === undefined
			? Promise.resolve(emptyTable(name))
			: this.once(key, () => readCheckedJson(this.store, key, tableManifest));
	}

	/** The same state without the tables among these whose manifest is missing or damaged; and their names. */
	async withoutDamaged(names: readonly string[]): Promise<{ snapshot: Snapshot; damaged: string[] }> {
		const damaged: string[] = [];
		for (const name of names) {
			await this.table(name).catch((error) => {
				if (!(error instanceof DamagedObjectError)) throw error;
				damaged.push(name);
			});
		}
		if (damaged.length === 0) return { snapshot: this, damaged };
		const tables = Object.fromEntries(Object.entries(this.head.tables).filter(([name]) => !damaged.includes(name)));
		return { snapshot: new Snapshot(this.store, { ...this.head, tables }), damaged };
	}

	private once<T>(key: string, make: () => Promise<T>): Promise<T> {
		const made = (this.read.get(key) as Promise<T> | undefined) ?? make();
		this.read.set(key, made);
		return made;
	}
}

const emptyLedger: Ledger = { format: lakeFormat, ingested: {}, admitted: {}, left_out: {} };

/** A table without partitions. */
export const emptyTable = (name: string): TableManifest => ({
	format: lakeFormat,
	table: name,
	contract: 1,
	partitions: {},
});

/** A head of the log, and when the store received it: the only clock that all machines share. */
export interface LoggedHead {
	readonly head: Head;
	readonly received: Date;
}

/** A head that is kept, but missing or damaged. */
export interface LostHead {
	readonly number: number;
	readonly damage: DamagedObjectError;
}

/** What `transact` does where it is not as it should be. */
export interface TransactOptions {
	/** Commits though the run has been stopped: for what a run that is stopped has to take back. */
	readonly evenIfStopped?: boolean;
	/** Starts from the newest head that can be read where the newest one is lost or damaged. */
	readonly evenIfDamaged?: boolean;
}

/** The log of heads over an object store: how states of the lake are read and committed. */
export class Lake {
	private readonly openedAt = performance.now();

	constructor(
		readonly store: ObjectStore,
		private readonly clock: () => Date,
		/** Once it is aborted, nothing more is committed. */
		private readonly signal?: AbortSignal,
	) {}

	/**
	 * The newest state. An empty lake has head 0. Throws DamagedObjectError where the newest head is lost or damaged: an
	 * older one would be other rows. `evenIfDamaged` takes the newest that can be read instead.
	 */
	async newest({ evenIfDamaged = false }: Pick<TransactOptions, 'evenIfDamaged'> = {}): Promise<Snapshot> {
		return new Snapshot(this.store, (await this.end(evenIfDamaged)).head);
	}

	/**
	 * The state that head `number` made. Throws UsageError where there is no such head or its files may be gone,
	 * DamagedObjectError where it is lost or damaged.
	 */
	async at(number: number, options: Pick<TransactOptions, 'evenIfDamaged'> = {}): Promise<Snapshot> {
		if (!Number.isInteger(number)) throw new UsageError(`${number} is not the number of a head; write it as 12.`);
		const { head: newest } = await this.newest(options);
		if (newest.number === 0) throw new UsageError(`There is no head ${number} to go back to: the lake is empty.`);
		if (number < newest.oldest_kept || number > newest.number || number < 1) {
			throw new UsageError(
				`There is no head ${number} to go back to: the lake keeps heads ${Math.max(1, newest.oldest_kept)} to ${newest.number}. See 'shoplake status --history'.`,
			);
		}
		return new Snapshot(this.store, await readHead(this.store, number));
	}

	/** The heads that can be gone back to, oldest first; without those that are lost or damaged. */
	async history(options: Pick<TransactOptions, 'evenIfDamaged'> = {}): Promise<Head[]> {
		const { heads } = await this.log(options);
		return heads.map(({ head }) => head);
	}

	/** The heads that are kept, oldest first, and what is wrong with those among them that can't be read. */
	async log(options: Pick<TransactOptions, 'evenIfDamaged'> = {}): Promise<{ heads: LoggedHead[]; lost: LostHead[] }> {
		const { head: newest } = await this.newest(options);
		const first = Math.max(1, newest.oldest_kept);
		const stored = (await listHeads(this.store, first)).filter(({ number }) => number <= newest.number);
		const read = await mapConcurrently(stored, parallelReads, ({ number }) => this.readable(number));
		const heads: LoggedHead[] = [];
		const lost: LostHead[] = [];
		let expected = first;
		for (const [index, { number, modified }] of stored.entries()) {
			// Where a log goes on after a restoration, its numbers may leave a wide gap.
			for (; expected < number && lost.length < mostLost; expected++) lost.push(missingHead(expected));
			const head = read[index] as Head | DamagedObjectError;
			if (head instanceof DamagedObjectError) lost.push({ number, damage: head });
			else heads.push({ head, received: modified });
			expected = number + 1;
		}
		return { heads, lost };
	}

	/**
	 * Takes the newest state, lets `work` say what to change, and commits it whole or not at all.
	 * Where another run commits first, `work` is called again with the state that run left. Null commits nothing.
	 * @returns the state after the commit, and whether there was one.
	 */
	async transact(
		run: Run,
		work: (snapshot: Snapshot) => Promise<Change | null>,
		{ evenIfStopped = false, evenIfDamaged = false }: TransactOptions = {},
	): Promise<{ snapshot: Snapshot; committed: boolean }> {
		for (let conflicts = 0; conflicts < maxConflicts; conflicts++) {
			const { head, next } = await this.end(evenIfDamaged);
			const snapshot = new Snapshot(this.store, head);
			const change = await work(snapshot);
			if (change === null) return { snapshot, committed: false };
			if (this.signal?.aborted && !evenIfStopped) {
				throw new TerminatedError('Stopped by a signal; nothing more is published.');
			}
			const committed = await this.commit(run, head, next, change);
			if (committed) return { snapshot: new Snapshot(this.store, committed), committed: true };
			if (conflicts > immediateRetries) await backOff(retryDelay, conflicts - immediateRetries);
		}
		throw new TryAgainError(
			`${maxConflicts} other runs committed before this one could. Try again when the lake is quieter.`,
		);
	}

	/**
	 * The store's time, which dates what is in the lake. Throws ConfigurationError where this machine's clock is not the
	 * same within five minutes: what it would say about ages and leases could not be trusted.
	 */
	async now(): Promise<Date> {
		const [stored, own] = [await this.store.now(), this.clock()];
		if (Math.abs(stored.getTime() - own.getTime()) <= clockToleranceMs) return stored;
		throw new ConfigurationError(
			`The clock of this machine says ${own.toISOString()}, that of S3 ${stored.toISOString()}. Set this machine's clock (NTP), then run it again.`,
		);
	}

	/** The manifest of one version of a batch. */
	async batch(dataset: string, batch: string, attempt: string): Promise<BatchManifest> {
		const key = batchManifestKey(dataset, batch, attempt);
		const manifest = await readCheckedJson(this.store, key, batchManifest);
		if (manifest.dataset === dataset && manifest.batch === batch && manifest.attempt === attempt) return manifest;
		throw new DamagedObjectError(key, `is damaged: it is of batch ${manifest.batch} of ${manifest.dataset}`);
	}

	/** The key of the manifest of a version of a batch. */
	batchKey(dataset: string, batch: string, attempt: string): string {
		return batchManifestKey(dataset, batch, attempt);
	}

	/** Writes the manifest of a new version of a batch; nobody sees it before a head names it. */
	async putBatch(manifest: BatchManifest): Promise<void> {
		const key = batchManifestKey(manifest.dataset, manifest.batch, manifest.attempt);
		await this.store.putText(key, checkedJson(manifest));
	}

	/** The newest head, and the number that the next one takes: never one that a lost head has had. */
	private async end(evenIfDamaged: boolean): Promise<{ head: Head; next: number }> {
		const { stored, written } = await findLogEnd(this.store);
		const next = written + 1;
		if (written === 0) return { head: emptyHead, next };
		try {
			return { head: await readHead(this.store, written), next };
		} catch (error) {
			if (!(error instanceof DamagedObjectError)) throw error;
			const head = await this.newestReadable(Math.min(stored, written));
			if (evenIfDamaged) return { head, next };
			throw new DamagedObjectError(error.key, error.difference, recoveryHint(head));
		}
	}

	private async newestReadable(from: number): Promise<Head> {
		const numbers = (await listHeads(this.store)).map(({ number }) => number).filter((number) => number <= from);
		for (const number of numbers.reverse()) {
			const head = await this.readable(number);
			if (!(head instanceof DamagedObjectError)) return head;
		}
		return emptyHead;
	}

	/** A head, or what is wrong with it. */
	private async readable(number: number): Promise<Head | DamagedObjectError> {
		return readHead(this.store, number).catch((error) => {
			if (error instanceof DamagedObjectError) return error;
			throw error;
		});
	}

	private async commit(run: Run, base: Head, number: number, change: Change): Promise<Head | undefined> {
		// A clock that is set back while the run works must not make it young again.
		const age = Math.max(this.clock().getTime() - run.startedAt.getTime(), performance.now() - this.openedAt);
		if (age > longestRunMs) {
			throw new TryAgainError(
				`This run began ${run.startedAt.toISOString()}, longer ago than the 12 hours that its files are safe. Nothing was published; run it again.`,
			);
		}
		// A run that tries again, or commits twice, never writes to the same place.
		const version = `${run.attempt}-${number}`;
		const head: Head = {
			format: lakeFormat,
			number,
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
			const key = tableManifestKey(name, version);
			head.tables[name] = key;
			writes.push(this.store.putText(key, checkedJson(manifest)));
		}
		if (change.ledger) {
			head.ledger = ledgerKey(version);
			writes.push(this.store.putText(head.ledger, checkedJson(change.ledger)));
		}
		await Promise.all(writes);
		const text = checkedJson(head);
		if (!(await this.store.createText(headKey(head.number), text))) {
			// The key is taken: by another commit, or by this very write whose answer was lost on the way. The text tells,
			// because two commits of one run may meet, too.
			if ((await this.store.getText(headKey(head.number))) !== text) return undefined;
		}
		// The commit stands: a hint that can't be written now is only an old one.
		await writeHint(this.store, head.number).catch((error) => {
			if (!isRetryable(error)) throw error;
		});
		return head;
	}
}

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

const missingHead = (number: number): LostHead => ({
	number,
	damage: new DamagedObjectError(headKey(number), 'is missing, though the lake names it'),
});

/** What to do where the newest head is lost or damaged, and `head` is the newest that can be read. */
function recoveryHint({ number, created_at }: Head): string {
	if (number === 0) {
		return `${earlierVersion}. No other head can be read: to start again with an empty lake, delete the objects under ${prefixes.heads} and ${prefixes.hints} first.`;
	}
	return `${earlierVersion}. Without one, or where the whole bucket was restored to an earlier time, go on from head ${number} of ${created_at}: 'shoplake rollback --to ${number}'.`;
}
