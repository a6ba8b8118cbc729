import { type PartitionEntry, Snapshot, type TableManifest } from '../../../../tasks/lake';
import { datesIn } from '../../../../tasks/lake/scope';
import { MemoryStore } from '../../../support/memory-store';

const entry = (version: string, ...batches: string[]): PartitionEntry => ({
	version,
	files: [],
	rows: 0,
	fingerprint: '',
	labels: Object.fromEntries(batches.map((batch) => [batch, { kept: 1, duplicates: 0, superseded: 0, orphans: 0 }])),
});

/** Batch `b` has records on the 20th (orders) and the 21st (lines); its clean, `run-b`, also rewrote the 19th. */
async function openSnapshot(): Promise<Snapshot> {
	const store = new MemoryStore();
	const tables: Record<string, Record<string, PartitionEntry>> = {
		records_orders: { '2026-11-18': entry('run-a', 'a'), '2026-11-20': entry('run-b', 'a', 'b') },
		records_order_items: { '2026-11-21': entry('run-b', 'b'), none: entry('run-a', 'a') },
		silver_orders: {
			'2026-11-18': entry('run-a'),
			'2026-11-19': entry('run-b'),
			'2026-11-20': entry('run-b'),
			'2026-11-21': entry('run-a'),
		},
	};
	const keys: Record<string, string> = {};
	for (const [table, partitions] of Object.entries(tables)) {
		const manifest: TableManifest = { format: 1, table, contract: 1, partitions };
		keys[table] = `_manifests/${table}`;
		await store.putText(keys[table], JSON.stringify(manifest));
	}
	return new Snapshot(store, {
		format: 1,
		number: 3,
		created_at: '',
		task: '',
		run_id: '',
		attempt: '',
		tables: keys,
		ledger: null,
		oldest_kept: 0,
	});
}
const dates = ['2026-11-17', '2026-11-18', '2026-11-19', '2026-11-20', '2026-11-21'];

it('takes all', async () => {
	expect(await datesIn(await openSnapshot(), { kind: 'all' }, dates)).toEqual(dates);
});

it('takes event dates, both ends included', async () => {
	const scope = { kind: 'dates', from: '2026-11-18', to: '2026-11-20' } as const;
	expect(await datesIn(await openSnapshot(), scope, dates)).toEqual(dates.slice(1, 4));
});

it('takes the dates that hold records of a batch, that its clean rewrote, or that hold nothing any more', async () => {
	expect(await datesIn(await openSnapshot(), { kind: 'batch', batch: 'b' }, dates)).toEqual([
		'2026-11-17',
		'2026-11-19',
		'2026-11-20',
		'2026-11-21',
	]);
});

it('takes only what holds nothing for a batch that nobody knows', async () => {
	expect(await datesIn(await openSnapshot(), { kind: 'batch', batch: 'x' }, dates)).toEqual(['2026-11-17']);
});
