import { buffer } from 'node:stream/consumers';
import { Lake, newAttempt, Snapshot, vacuum } from '../../../tasks/lake';
import { readAvro } from '../../../tasks/lake/iceberg/avro';
import type { ManifestEntry } from '../../../tasks/lake/iceberg/manifest';
import { type IcebergMetadata, keyOf, manifestKey, parseMetadata } from '../../../tasks/lake/iceberg/metadata';
import { publishTable } from '../../../tasks/lake/iceberg/publish';
import { checkPublished } from '../../../tasks/lake/iceberg/published';
import type { OpenColumn, OpenTable } from '../../../tasks/lake/iceberg/schema';
import { MemoryStore } from '../../support/memory-store';

const dayMs = 24 * 3600_000;
const column = (name: string, type = 'string'): OpenColumn => ({ name, type, comment: `The ${name}.` });
const sales: OpenTable = {
	name: 'gold_daily_sales',
	description: 'What sold.',
	columns: [column('category'), column('amount', 'decimal(18,2)'), column('orders', 'bigint')],
	partitionKeys: [column('order_date', 'date')],
};
const ids = ({ schemas }: IcebergMetadata, schema = schemas.length - 1) =>
	Object.fromEntries(schemas[schema]?.fields.map(({ name, id }) => [name, id]) ?? []);

/** A lake of one table, published whenever the test says so, whose time the test tells. */
function openLake() {
	let now = Date.parse('2026-11-01T00:00:00Z');
	const clock = () => new Date(now);
	const store = new MemoryStore({ clock });
	const lake = new Lake(store, clock);
	const newRun = (task: string) => ({ task, runId: task, attempt: newAttempt(), startedAt: clock() });
	let published: string | undefined;
	const metadata = () => {
		const found = parseMetadata(store.contents()[keyOf(published ?? '')] ?? '');
		if (!found) throw new Error('nothing is published');
		return found;
	};
	return {
		store,
		lake,
		metadata,
		pass: (ms: number) => {
			now += ms;
		},
		/** Commits a head whose partitions have these versions. */
		commit: async (versions: Readonly<Record<string, string>>) => {
			const partitions: Record<string, object> = {};
			for (const [date, version] of Object.entries(versions)) {
				const key = `gold/daily_sales/order_date=${date}/v=${version}/part-0.parquet`;
				if (!store.keys().includes(key)) await store.putText(key, version);
				partitions[date] = { version, files: [{ key, rows: 2, bytes: 10 }], rows: 2, fingerprint: version };
			}
			const manifest = { format: 2, table: sales.name, contract: 1, partitions } as never;
			await lake.transact(newRun('aggregate'), async () => ({ tables: { [sales.name]: manifest } }));
		},
		/** Publishes the heads from a number on, as a crawl does. */
		publish: async (from = 1, table = sales) => {
			const { head: newest } = await lake.newest();
			const heads = [...(await lake.headsBetween(Math.max(from, newest.oldest_kept), newest.number)), newest];
			const states = heads.map((head) => ({
				head,
				source: head.tables[table.name] ?? '',
				manifest: () => new Snapshot(store, head).table(table.name),
			}));
			const target = { store, bucket: 'lake' };
			const oldestKept = newest.oldest_kept;
			({ location: published } = await publishTable(target, table, states, { earlier: published, oldestKept }));
			return metadata();
		},
		/** The files of a snapshot as `<status> <version> of <snapshot that added it>`. */
		files: async (snapshot: number) => {
			const found = metadata().snapshots.find((one) => one['snapshot-id'] === snapshot);
			const key = manifestKey(keyOf(found?.['manifest-list'] ?? ''));
			const entries = readAvro(await buffer(await store.read(key))) as ManifestEntry[];
			const words = ['existing', 'added', 'deleted'];
			return entries
				.map(({ status, data_file, snapshot_id }) => {
					const version = /v=(\w+)/.exec(data_file.file_path)?.[1];
					return `${words[status]} ${version} of ${snapshot_id}`;
				})
				.sort();
		},
		vacuum: (graceMs: number) =>
			vacuum(lake, newRun('vacuum'), { graceMs, alsoKept: published ? [keyOf(published)] : [] }),
		versions: () => store.keys('gold/').map((key) => /v=([^/]+)/.exec(key)?.[1]),
	};
}

it('each head that changes a table is a snapshot of its own number, and each kept head a tag', async () => {
	const lab = openLake();
	await lab.commit({ '2026-11-20': 'a', '2026-11-21': 'b' });
	await lab.publish();
	await lab.commit({ '2026-11-20': 'c', '2026-11-21': 'b' });
	await lab.commit({ '2026-11-21': 'b' });
	const { snapshots, refs, ...metadata } = await lab.publish(2);
	expect(snapshots.map((one) => [one['snapshot-id'], one['sequence-number'], one['parent-snapshot-id']])).toEqual([
		[1, 1, undefined],
		[2, 2, 1],
		[3, 3, 2],
	]);
	expect(refs).toEqual({
		main: { 'snapshot-id': 3, type: 'branch' },
		'head-1': { 'snapshot-id': 1, type: 'tag' },
		'head-2': { 'snapshot-id': 2, type: 'tag' },
		'head-3': { 'snapshot-id': 3, type: 'tag' },
	});
	expect(metadata).toMatchObject({
		location: 's3://lake/iceberg/gold_daily_sales',
		'current-snapshot-id': 3,
		properties: { 'gc.enabled': 'false' },
	});
	expect(await lab.files(1)).toEqual(['added a of 1', 'added b of 1']);
	expect(await lab.files(2)).toEqual(['added c of 2', 'deleted a of 2', 'existing b of 1']);
	expect(await lab.files(3)).toEqual(['deleted c of 3', 'existing b of 1']);
});

it('a head that leaves a table as it was tags the snapshot before it', async () => {
	const lab = openLake();
	await lab.commit({ '2026-11-20': 'a' });
	await lab.publish();
	const run = { task: 'x', runId: 'x', attempt: 'x', startedAt: new Date('2026-11-01T00:00:00Z') };
	await lab.lake.transact(run, async () => ({
		tables: { other: { format: 2, table: 'other', contract: 1, partitions: {} } },
	}));
	const { refs, snapshots } = await lab.publish(2);
	expect(snapshots).toHaveLength(1);
	expect(refs['head-2']).toEqual({ 'snapshot-id': 1, type: 'tag' });
});

it('a table that no head names yet is empty, and one without heads has no snapshot', async () => {
	const lab = openLake();
	expect(await lab.publish()).toMatchObject({ 'current-snapshot-id': -1, snapshots: [], refs: {} });
	await lab.commit({});
	const { snapshots } = await lab.publish();
	expect(snapshots).toMatchObject([{ 'snapshot-id': 1, summary: { 'total-data-files': '0' } }]);
	await lab.commit({ '2026-11-20': 'a' });
	await lab.publish(2);
	expect(await lab.files(2)).toEqual(['added a of 2']);
	await lab.commit({});
	await lab.publish(3);
	await lab.commit({ '2026-11-20': 'b' });
	await lab.publish(4);
	expect(await lab.files(3)).toEqual(['deleted a of 3']);
	expect(await lab.files(4)).toEqual(['added b of 4']);
});

describe('field ids', () => {
	it('are those recorded for a column, whatever its place', async () => {
		const lab = openLake();
		await lab.commit({ '2026-11-20': 'a' });
		expect(ids(await lab.publish())).toEqual({ category: 1, orders: 4, amount: 6, order_date: 7 });
	});

	it('stay with a name when columns come and go, and earlier names stay readable', async () => {
		const lab = openLake();
		const own = (...names: string[]): OpenTable => ({ ...sales, columns: names.map((name) => column(name)) });
		await lab.commit({ '2026-11-20': 'a' });
		expect(ids(await lab.publish(1, own('colour', 'category', 'size')))).toEqual({
			category: 1,
			order_date: 7,
			colour: 10_001,
			size: 10_002,
		});
		await lab.commit({ '2026-11-20': 'b' });
		const later = await lab.publish(2, own('category', 'weight', 'size'));
		expect(ids(later)).toEqual({ category: 1, order_date: 7, size: 10_002, weight: 10_003 });
		expect(later).toMatchObject({ 'last-column-id': 10_003, 'current-schema-id': 1 });
		expect(later.snapshots.map((one) => one['schema-id'])).toEqual([0, 1]);
		const mapping: { 'field-id': number; names: string[] }[] = JSON.parse(
			later.properties['schema.name-mapping.default'] ?? '',
		);
		expect(Object.fromEntries(mapping.map((entry) => [entry.names[0], entry['field-id']]))).toEqual({
			...{ category: 1, order_date: 7, colour: 10_001, size: 10_002, weight: 10_003 },
		});
	});
});

it.each([
	['its metadata are gone', (key: string) => key.endsWith('.metadata.json')],
	['its manifest is gone', (key: string) => key.endsWith('-m0.avro')],
])('a table begins anew with the newest head where %s', async (_, isLost) => {
	const lab = openLake();
	await lab.commit({ '2026-11-20': 'a' });
	await lab.publish();
	await lab.commit({ '2026-11-20': 'b' });
	await lab.store.delete(lab.store.keys('iceberg/').filter(isLost));
	const { snapshots } = await lab.publish(2);
	expect(snapshots.map((one) => one['snapshot-id'])).toEqual([2]);
	expect(await lab.files(2)).toEqual(['added b of 2']);
});

/** Heads 1, 2 and 3 on the 1st, 3rd and 5th, each published; now it is the 10th. */
async function lakeOfThreeHeads() {
	const lab = openLake();
	for (const [index, version] of ['one', 'two', 'three'].entries()) {
		await lab.commit({ '2026-11-20': version });
		await lab.publish(index + 1);
		lab.pass(2 * dayMs);
	}
	lab.pass(3 * dayMs);
	return lab;
}

it('a state first leaves the metadata, and loses its files a grace later', async () => {
	const lab = await lakeOfThreeHeads();
	expect(await lab.vacuum(7 * dayMs)).toMatchObject({ oldestKept: 2, unreadable: [] });
	expect(lab.versions()).toEqual(['one', 'three', 'two']);
	const { refs, snapshots } = await lab.publish(4);
	expect(Object.keys(refs)).toEqual(['main', 'head-2', 'head-3', 'head-4']);
	expect(snapshots.map((one) => one['snapshot-id'])).toEqual([2, 3]);
	lab.pass(6 * dayMs);
	await lab.vacuum(7 * dayMs);
	expect(lab.versions()).toEqual(['one', 'three', 'two']);
	lab.pass(2 * dayMs);
	await lab.vacuum(7 * dayMs);
	expect(lab.versions()).toEqual(['three', 'two']);
	expect(lab.store.keys('iceberg/').filter((key) => key.endsWith('.metadata.json'))).toHaveLength(1);
	expect(lab.store.keys('iceberg/').filter((key) => key.includes('/metadata/snap-1-'))).toEqual([]);
	expect(await checkPublished(lab.store)).toEqual([]);
});

it('a snapshot that is older than all kept heads stays as long as one of them has it', async () => {
	const lab = openLake();
	await lab.commit({ '2026-11-20': 'a' });
	await lab.publish();
	lab.pass(20 * dayMs);
	const run = { task: 'x', runId: 'x', attempt: 'x', startedAt: new Date('2026-11-21T00:00:00Z') };
	await lab.lake.transact(run, async () => ({ oldestKept: 2 }));
	const { refs, snapshots } = await lab.publish(2);
	expect(Object.keys(refs)).toEqual(['main', 'head-2']);
	expect(snapshots.map((one) => one['snapshot-id'])).toEqual([1]);
	await lab.vacuum(dayMs);
	expect(await checkPublished(lab.store)).toEqual([]);
	expect(lab.versions()).toEqual(['a']);
});

it('what a crawl wrote and another one outran is deleted after the grace', async () => {
	const lab = await lakeOfThreeHeads();
	await lab.store.putText('iceberg/gold_daily_sales/metadata/snap-3-lost.avro', 'lost');
	await lab.vacuum(7 * dayMs);
	expect(lab.store.keys('iceberg/').some((key) => key.includes('lost'))).toBe(true);
	lab.pass(8 * dayMs);
	await lab.vacuum(7 * dayMs);
	expect(lab.store.keys('iceberg/').some((key) => key.includes('lost'))).toBe(false);
});

describe('the check of published tables', () => {
	it('finds nothing in a whole one', async () => {
		const lab = await lakeOfThreeHeads();
		expect(await checkPublished(lab.store)).toEqual([]);
	});

	it('names the objects that are missing', async () => {
		const lab = await lakeOfThreeHeads();
		const lost = lab.store.keys('iceberg/').filter((key) => key.includes('/snap-2-'));
		await lab.store.delete(lost);
		expect(await checkPublished(lab.store)).toEqual([
			{ key: lost[0], problem: expect.stringMatching(/^is missing, but iceberg\/.*\.metadata\.json references it$/) },
		]);
	});

	it('names metadata that are not what was written', async () => {
		const lab = await lakeOfThreeHeads();
		const newest =
			lab.store
				.keys('iceberg/')
				.filter((key) => key.endsWith('.metadata.json'))
				.at(-1) ?? '';
		lab.store.damage(newest, (bytes) => bytes.subarray(0, 100));
		expect(await checkPublished(lab.store)).toEqual([
			{ key: newest, problem: 'is damaged, or another program wrote it' },
		]);
	});
});
