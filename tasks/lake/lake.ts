import { randomBytes } from 'node:crypto';
import type { ZodType } from 'zod';
import { type Contracts, productContracts } from '../contracts';
import { mapConcurrently } from '../platform/concurrency';
import { ConfigurationError, TerminatedError, TryAgainError, UsageError } from '../platform/errors';
import { isRetryable } from '../platform/failure';
import { once } from '../platform/once';
import { backOff } from '../platform/retry';
import { utc } from '../platform/time-zone';
import { checkedJson, parseCheckedJson, readCheckedJson } from './checked-json';
import { DamagedObjectError, earlierVersion } from './damage';
import { findLogEnd, headKey, listHeads, readHead, writeHint } from './heads';
import { KnownObjects } from './known-objects';
import { batchManifestKey, isWrittenBy, ledgerKey, prefixes, tableManifestKey } from './layout';
import {
	type BatchManifest,
	batchManifest,
	type Head,
	head as headSchema,
	type Ledger,
	lakeFormat,
	ledger as ledgerSchema,
	ownFormat,
	type TableManifest,
	tableManifest,
} from './model';
import type { ObjectStore } from './object-store';
import { checkOwnFields } from './own-fields';

/** A run that began longer ago can't commit: vacuum may have deleted its files as unreferenced. */
export const longestRunMs = 12 * 3600_000;
/** Maximum commits by other runs in a row before a run gives up for now. */
const maxConflicts = 50;
/** After this many conflicts a run waits before it retries: others are faster, or the store's listing lags. */
const immediateRetries = 10;
const retryDelay = { firstMs: 20, longestMs: 1000 } as const;
const parallelReads = 8;
/** Maximum missing heads that are reported one by one. */
const maxLostHeads = 100;
/** Maximum difference between this machine's clock and the store's. */
const clockToleranceMs = 5 * 60_000;

/** Who commits: each try of a task has its own `attempt`. */
export interface Run {
	readonly task: string;
	readonly runId: string;
	readonly attempt: string;
	readonly startedAt: Date;
}

/** A unique name for one try of one run: 12 hexadecimal digits. */
export const newAttempt = (): string => randomBytes(6).toString('hex');

/** What a commit changes; tables that are not named stay. A table set to null is removed. */
export interface Change {
	readonly ledger?: Ledger;
	readonly tables?: Readonly<Record<string, TableManifest | null>>;
	/** The oldest head that is kept; `own`: the one that this change makes. Runs that began before it can't commit any more. */
	readonly oldestKept?: number | 'own';
	readonly restored?: number;
	/** The zone of the shop's days from now on. */
	readonly timeZone?: string;
}

/** One immutable state of the lake, read lazily. */
export class Snapshot {
	constructor(
		private readonly store: ObjectStore,
		readonly head: Head,
		private readonly known = new KnownObjects(),
	) {}

	/** All batches, as ingested and as admitted. */
	ledger(): Promise<Ledger> {
		const { ledger: key } = this.head;
		return key === null
			? Promise.resolve(emptyLedger)
			: this.known.get(key, () => readCheckedJson(this.store, key, ledgerSchema));
	}

	/** A table's partitions; none if the table has never been written. */
	table(name: string): Promise<TableManifest> {
		const key = this.head.tables[name];
		return key === undefined
			? Promise.resolve(emptyTable(name))
			: this.known.get(key, () => readCheckedJson(this.store, key, tableManifest));
	}

	/** The same state without those of these tables whose manifest is missing or damaged, and their names. */
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
		return { snapshot: new Snapshot(this.store, { ...this.head, tables }, this.known), damaged };
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

/** A head of the log, and when the store received it: the store's is the only clock that all machines share. */
export interface LoggedHead {
	readonly head: Head;
	readonly received: Date;
}

/** A head within the retention that is missing or damaged. */
export interface LostHead {
	readonly number: number;
	readonly damage: DamagedObjectError;
}

/** Exceptions to the rules of `transact`. */
export interface TransactOptions {
	/** Commits although the run was stopped: for what a stopped run has to undo. */
	readonly evenIfStopped?: boolean;
	/** Starts from the newest readable head if the newest one is lost or damaged. */
	readonly evenIfDamaged?: boolean;
	/** Also if the lake's days are those of another time zone than the process's: for work that dates nothing. */
	readonly inAnyTimeZone?: boolean;
}

/** The log of heads in an object store: reads and commits states of the lake. */
export class Lake {
	private readonly openedAt = performance.now();
	/** What this process has read or written, so that its later steps need not read it again. */
	private readonly known = new KnownObjects();
	/** The number of the first head that this run saw. What it wrote since may be computed from it. */
	private firstSeen: number | undefined;
	/** The number of the newest head that this run has read or written; 0 before the first. */
	private newestSeen = 0;

	constructor(
		readonly store: ObjectStore,
		private readonly clock: () => Date,
		/** Once aborted, nothing more is committed. */
		private readonly signal?: AbortSignal,
		/** What its records are. A change of Bronze or Silver by contracts that lack some of its columns is refused. */
		readonly contracts: Contracts = productContracts,
		/** The zone of the days that this process works with. */
		readonly timeZone: string = utc,
	) {}

	/**
	 * The newest state. An empty lake has head 0. Throws DamagedObjectError if the newest head is lost or damaged: an older
	 * one would have other rows. `evenIfDamaged` takes the newest readable one instead.
	 */
	async newest({ evenIfDamaged = false }: Pick<TransactOptions, 'evenIfDamaged'> = {}): Promise<Snapshot> {
		return this.snapshot((await this.end(evenIfDamaged)).head);
	}

	/**
	 * The state of head `number`. Throws UsageError if there is no such head or its files may be gone, DamagedObjectError if
	 * it is lost or damaged.
	 */
	async at(number: number, options: Pick<TransactOptions, 'evenIfDamaged'> = {}): Promise<Snapshot> {
		if (!Number.isInteger(number))
			throw new UsageError(`${number} is not the number of a head. Write it as a whole number, like 12.`);
		const { head: newest } = await this.newest(options);
		if (newest.number === 0) throw new UsageError(`There is no head ${number}: the lake is empty.`);
		if (number < newest.oldest_kept || number > newest.number || number < 1) {
			throw new UsageError(
				`There is no head ${number}: the lake keeps heads ${Math.max(1, newest.oldest_kept)} to ${newest.number}. See 'shoplake status --history'.`,
			);
		}
		return this.snapshot(await readHead(this.store, number));
	}

	/** The state that a head describes. */
	snapshot(head: Head): Snapshot {
		return new Snapshot(this.store, head, this.known);
	}

	/** The heads that can be restored, oldest first, without those that are lost or damaged. */
	async history(options: Pick<TransactOptions, 'evenIfDamaged'> = {}): Promise<Head[]> {
		const { heads } = await this.log(options);
		return heads.map(({ head }) => head);
	}

	/** The heads within the retention, oldest first, and what is wrong with those that can't be read. */
	async log(options: Pick<TransactOptions, 'evenIfDamaged'> = {}): Promise<{ heads: LoggedHead[]; lost: LostHead[] }> {
		const { head: newest } = await this.newest(options);
		const first = Math.max(1, newest.oldest_kept);
		const stored = (await listHeads(this.store, first)).filter(({ number }) => number <= newest.number);
		const read = await mapConcurrently(stored, parallelReads, ({ number }) => orDamage(readHead(this.store, number)));
		const heads: LoggedHead[] = [];
		const lost: LostHead[] = [];
		let expected = first;
		for (const [index, { number, modified }] of stored.entries()) {
			// A log that continues after a restoration may have a wide gap in its numbers.
			for (; expected < number && lost.length < maxLostHeads; expected++) lost.push(missingHead(expected));
			const head = read[index] as Head | DamagedObjectError;
			if (head instanceof DamagedObjectError) lost.push({ number, damage: head });
			else heads.push({ head, received: modified });
			expected = number + 1;
		}
		return { heads, lost };
	}

	/** Whether a head with a greater number is stored. */
	async hasHeadAfter(number: number): Promise<boolean> {
		return (await listHeads(this.store, number + 1)).length > 0;
	}

	/** The heads from one number up to, but not including, another one, oldest first, without those that are lost or damaged. */
	async headsBetween(from: number, to: number): Promise<Head[]> {
		if (from >= to) return [];
		const stored = (await listHeads(this.store, from)).filter(({ number }) => number < to);
		const read = await mapConcurrently(stored, parallelReads, ({ number }) => orDamage(this.knownHead(number)));
		return read.filter((head): head is Head => !(head instanceof DamagedObjectError));
	}

	/**
	 * Gives `work` the newest state and commits the change that it returns, as a whole or not at all. If another run commits
	 * first, `work` is called again with the state after that. Null commits nothing. Throws ConfigurationError if the lake's
	 * days are those of another time zone.
	 * @returns the state after the commit, and whether there was one.
	 */
	async transact(
		run: Run,
		work: (snapshot: Snapshot) => Promise<Change | null>,
		{ evenIfStopped = false, evenIfDamaged = false, inAnyTimeZone = false }: TransactOptions = {},
	): Promise<{ snapshot: Snapshot; committed: boolean }> {
		for (let conflicts = 0; conflicts < maxConflicts; conflicts++) {
			const { head, next } = await this.end(evenIfDamaged);
			const snapshot = this.snapshot(head);
			if (!inAnyTimeZone) this.checkTimeZone(snapshot);
			const change = await work(snapshot);
			if (change === null) return { snapshot, committed: false };
			await this.checkColumns(snapshot, change);
			if (this.signal?.aborted && !evenIfStopped) {
				throw new TerminatedError('Stopped by a signal; nothing more is published.');
			}
			const committed = await this.commit(run, { head, number: next, change });
			if (committed) return { snapshot: this.snapshot(committed), committed: true };
			if (conflicts > immediateRetries) await backOff(retryDelay, conflicts - immediateRetries);
		}
		throw new TryAgainError(
			`${maxConflicts} other runs committed before this one could. Run it again when the lake is quieter.`,
		);
	}

	/** Whether the days of a state are those of another time zone than the process's. An empty lake takes any. */
	isInOtherTimeZone({ head }: Snapshot): boolean {
		return head.number > 0 && timeZoneOf(head) !== this.timeZone;
	}

	/** Throws ConfigurationError if the days of a state are those of another time zone than the process's. */
	checkTimeZone(snapshot: Snapshot): void {
		if (!this.isInOtherTimeZone(snapshot)) return;
		const own = timeZoneOf(snapshot.head);
		throw new ConfigurationError(
			`A day of this lake is a day in ${own}, and the time zone of this process is ${this.timeZone}. Set timeZone in shoplake.config.ts (SHOPLAKE_TIME_ZONE without a project) to '${own}'. To change the lake instead, run 'shoplake rebuild --retype' with '${this.timeZone}'.`,
		);
	}

	/**
	 * The store's time, which dates what is in the lake. Throws ConfigurationError if this machine's clock differs by more
	 * than five minutes: ages and leases could not be trusted.
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

	/** Writes the manifest of a new version of a batch; it is invisible until a head names it. */
	async putBatch(manifest: BatchManifest): Promise<void> {
		const key = batchManifestKey(manifest.dataset, manifest.batch, manifest.attempt);
		await this.store.putText(key, checkedJson(manifest));
	}

	/** Throws ConfigurationError where a change of Bronze or Silver would lose or mix up columns of a project. */
	private async checkColumns(snapshot: Snapshot, { ledger, tables = {} }: Change): Promise<void> {
		if (!ledger && !Object.keys(tables).some((name) => isWrittenBy('clean', name))) return;
		const before = await snapshot.ledger().catch((error) => {
			if (ledger && error instanceof DamagedObjectError) return ledger;
			throw error;
		});
		checkOwnFields(this.contracts, before, ledger);
	}

	/** The newest head, and the number of the next one: never that of a lost head. */
	private async end(evenIfDamaged: boolean): Promise<{ head: Head; next: number }> {
		const end = await this.findEnd(evenIfDamaged);
		this.firstSeen ??= end.head.number;
		return end;
	}

	private async findEnd(evenIfDamaged: boolean): Promise<{ head: Head; next: number }> {
		const { stored, written } = await findLogEnd(this.store, this.newestSeen, (hinted) => this.knownHead(hinted));
		const next = written + 1;
		if (written === 0) return { head: emptyHead, next };
		try {
			// One that is not listed has been committed in this moment, or is lost: only the store knows.
			const head = await (written > stored ? readHead(this.store, written) : this.knownHead(written));
			this.newestSeen = Math.max(this.newestSeen, written);
			return { head, next };
		} catch (error) {
			if (!(error instanceof DamagedObjectError)) throw error;
			const head = await this.newestReadable(Math.min(stored, written));
			if (evenIfDamaged) return { head, next };
			throw new DamagedObjectError(error.key, error.difference, recoveryHint(head));
		}
	}

	private knownHead(number: number): Promise<Head> {
		return this.known.get(headKey(number), () => readHead(this.store, number));
	}

	private async newestReadable(from: number): Promise<Head> {
		const numbers = (await listHeads(this.store)).map(({ number }) => number).filter((number) => number <= from);
		for (const number of numbers.reverse()) {
			const head = await orDamage(readHead(this.store, number));
			if (!(head instanceof DamagedObjectError)) return head;
		}
		return emptyHead;
	}

	/** Returns the new head; undefined where another commit was first. */
	private async commit(
		run: Run,
		{ head: base, number, change }: { readonly head: Head; readonly number: number; readonly change: Change },
	): Promise<Head | undefined> {
		// Setting the clock back during the run must not make it younger.
		const age = Math.max(this.clock().getTime() - run.startedAt.getTime(), performance.now() - this.openedAt);
		if (age > longestRunMs) {
			throw new TryAgainError(
				`This run began ${run.startedAt.toISOString()}, longer ago than the 12 hours that its files are safe. Nothing was published; run it again.`,
			);
		}
		if (base.fence !== undefined && base.fence > (this.firstSeen ?? base.number)) {
			throw new TryAgainError(
				`The states of the lake from before head ${base.fence} were erased while this run was under way ('shoplake forget'). Nothing was published; run it again.`,
			);
		}
		// A run that retries, or commits twice, never writes to the same key.
		const version = `${run.attempt}-${number}`;
		const timeZone = change.timeZone ?? (base.number === 0 ? this.timeZone : timeZoneOf(base));
		const fence = change.oldestKept === 'own' ? number : base.fence;
		const head: Head = {
			format: timeZone === utc ? lakeFormat : ownFormat,
			number,
			created_at: this.clock().toISOString(),
			task: run.task,
			run_id: run.runId,
			attempt: run.attempt,
			tables: { ...base.tables },
			ledger: base.ledger,
			oldest_kept: change.oldestKept === 'own' ? number : (change.oldestKept ?? base.oldest_kept),
			...(fence === undefined ? {} : { fence }),
			...(change.restored === undefined ? {} : { restored: change.restored }),
			...(timeZone === utc ? {} : { time_zone: timeZone }),
		};
		const written = new Map<string, () => Promise<unknown>>();
		// Parsed again, so that it is what another process would read.
		const remember = <T>(key: string, text: string, schema: ZodType<T>) =>
			written.set(
				key,
				once(async () => parseCheckedJson(key, text, schema)),
			);
		const put = <T extends Readonly<Record<string, unknown>>>(key: string, value: T, schema: ZodType<T>) => {
			const text = checkedJson(value);
			remember(key, text, schema);
			return this.store.putText(key, text);
		};
		const writes: Promise<void>[] = [];
		for (const [name, manifest] of Object.entries(change.tables ?? {})) {
			if (manifest === null) {
				delete head.tables[name];
				continue;
			}
			const key = tableManifestKey(name, version);
			head.tables[name] = key;
			writes.push(put(key, manifest, tableManifest));
		}
		if (change.ledger) {
			head.ledger = ledgerKey(version);
			writes.push(put(head.ledger, change.ledger, ledgerSchema));
		}
		await Promise.all(writes);
		const text = checkedJson(head);
		if (!(await this.store.createText(headKey(head.number), text))) {
			// The key is taken: by another commit, or by this very write whose answer was lost. Only the text tells them
			// apart, because two commits of one run may conflict, too.
			if ((await this.store.getText(headKey(head.number))) !== text) return undefined;
		}
		remember(headKey(head.number), text, headSchema);
		for (const [key, read] of written) this.known.add(key, read);
		this.newestSeen = head.number;
		if (change.oldestKept === 'own') this.firstSeen = head.number;
		// The commit stands: a hint that can't be written only stays stale.
		await writeHint(this.store, head.number).catch((error) => {
			if (!isRetryable(error)) throw error;
		});
		return head;
	}
}

/** A head, or what is wrong with it. */
const orDamage = (read: Promise<Head>): Promise<Head | DamagedObjectError> =>
	read.catch((error) => {
		if (error instanceof DamagedObjectError) return error;
		throw error;
	});

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

/** The zone of the shop's days in a state of the lake. */
export const timeZoneOf = ({ time_zone = utc }: Pick<Head, 'time_zone'>): string => time_zone;

const missingHead = (number: number): LostHead => ({
	number,
	damage: new DamagedObjectError(headKey(number), 'is missing, though the lake names it'),
});

/** How to fix a lost or damaged newest head; `head` is the newest readable one. */
function recoveryHint({ number, created_at }: Head): string {
	if (number === 0) {
		return `${earlierVersion}. No other head can be read: to start over with an empty lake, delete the objects under ${prefixes.heads} and ${prefixes.hints} first.`;
	}
	return `${earlierVersion}. Without one, or if the whole bucket was restored to an earlier time, continue from head ${number} of ${created_at}: 'shoplake rollback --to ${number}'.`;
}
