import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TaskContext } from '../../../tasks/context';
import type { StreamName } from '../../../tasks/contracts';
import { listAccounts } from '../../../tasks/lake';
import { aggregate } from '../../../tasks/pipeline/gold';
import { clean } from '../../../tasks/pipeline/silver';
import type { Outcome } from '../../../tasks/platform/result';
import { sealStreams } from '../../../tasks/streams';
import { readTable, sorted, testContext } from '../../support/context';
import { MemoryStore } from '../../support/memory-store';
import type { Row } from '../../support/model';
import { storedRecords } from '../../support/stored-records';

/** A lake over which time goes on by itself: whatever is delivered or sealed has an instant of its own. */
export class StreamLab {
	private time: number;
	readonly store: MemoryStore;

	constructor(start = '2026-11-26T11:00:00.000Z', store?: MemoryStore) {
		this.time = Date.parse(start);
		this.store = store ?? new MemoryStore({ clock: () => this.tick() });
	}

	/** The next instant. */
	tick(): Date {
		this.time += 1;
		return new Date(this.time);
	}

	passUntil(instant: string): void {
		this.time = Math.max(this.time, Date.parse(instant));
	}

	/** Puts an object where Firehose would. */
	async deliver(key: string, content: string | Buffer): Promise<void> {
		const folder = await mkdtemp(join(tmpdir(), 'shoplake-delivery-'));
		try {
			const path = join(folder, 'object');
			await writeFile(path, content);
			await this.store.upload(path, key);
		} finally {
			await rm(folder, { recursive: true });
		}
	}

	/** Does a piece of work as a process of its own would. */
	async process<T>(work: (context: TaskContext) => Promise<T>, store: MemoryStore = this.store): Promise<T> {
		const { context, dispose } = testContext({ store, clock: () => this.tick() });
		try {
			return await work(context);
		} finally {
			await dispose();
		}
	}

	seal(
		streams: readonly StreamName[] = ['live_events', 'live_orders'],
		{ until, store, dryRun = false }: { until?: string; store?: MemoryStore; dryRun?: boolean } = {},
	): Promise<Outcome> {
		const instant = () => (until ? new Date(until) : this.tick());
		return this.process((context) => sealStreams(context, { streams, until: instant(), dryRun }), store);
	}

	clean(): Promise<Outcome> {
		return this.process((context) => clean(context, { sealed: true }));
	}

	aggregate(): Promise<Outcome> {
		return this.process((context) => aggregate(context, { kind: 'all' }));
	}

	/** The rows of a Silver or Gold table, sorted by their text. */
	async rows(name: string): Promise<Row[]> {
		return sorted(await this.process((context) => readTable(context, name)));
	}

	/** The accounts of all admitted batches, summed. */
	async sums(): Promise<Record<'received' | 'rejected' | 'kept', number>> {
		const accounts = await this.process(async (context) => {
			const snapshot = await (await context.lake()).newest();
			return listAccounts(await snapshot.ledger(), (name) => snapshot.table(name));
		});
		const sum = (label: 'received' | 'rejected' | 'kept') => accounts.reduce((total, one) => total + one[label], 0);
		return { received: sum('received'), rejected: sum('rejected'), kept: sum('kept') };
	}

	/** What quarantine holds of all sealed batches. */
	async quarantine(): Promise<readonly Record<string, unknown>[]> {
		return this.process((context) => storedRecords(context, this.store, 'quarantine', this.store.keys('quarantine/')));
	}
}
