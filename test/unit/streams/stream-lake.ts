import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StreamName } from '../../../tasks/contracts';
import { aggregate } from '../../../tasks/pipeline/gold';
import { clean } from '../../../tasks/pipeline/silver';
import type { Outcome } from '../../../tasks/platform/result';
import { sealStreams } from '../../../tasks/streams';
import { MemoryLake } from '../../support/memory-lake';
import type { MemoryStore } from '../../support/memory-store';
import { readStoredRecords } from '../../support/stored-records';

/** A lake in memory into which streams are delivered. Time goes on by itself: every delivery and seal has an instant of its own. */
export class StreamLake extends MemoryLake {
	private time: number;

	constructor(start = '2026-11-26T11:00:00.000Z') {
		super();
		this.time = Date.parse(start);
	}

	/** The next instant. */
	tick(): Date {
		this.time += 1;
		return new Date(this.time);
	}

	protected override now(): Date {
		return this.tick();
	}

	advanceTo(instant: string): void {
		this.time = Math.max(this.time, Date.parse(instant));
	}

	/** Writes an object as Firehose does. */
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

	/** The accounts of all admitted batches, summed. */
	async sums(): Promise<Record<'received' | 'rejected' | 'kept', number>> {
		const accounts = await this.accounts();
		const sum = (count: 'received' | 'rejected' | 'kept') => accounts.reduce((total, one) => total + one[count], 0);
		return { received: sum('received'), rejected: sum('rejected'), kept: sum('kept') };
	}

	/** The quarantined records of all sealed batches. */
	async quarantine(): Promise<readonly Record<string, unknown>[]> {
		return this.process((context) =>
			readStoredRecords(context, this.store, 'quarantine', this.store.keys('quarantine/')),
		);
	}
}
