import { type Head, howToFix, Lake, newAttempt, type Run, rollback, type TableManifest } from '../../../tasks/lake';
import { DataRefusedError, TerminatedError, TryAgainError, UsageError } from '../../../tasks/platform/errors';
import { MemoryStore } from '../../support/memory-store';

const now = new Date('2026-11-21T12:00:00Z');
const clock = () => now;
const newRun = (task: string, startedAt = now): Run => ({ task, runId: task, attempt: newAttempt(), startedAt });

/** A table of which only the names of its partitions matter. */
const tableManifest = (...partitions: string[]): TableManifest => ({
	format: 1,
	table: 'silver_orders',
	contract: 1,
	partitions: Object.fromEntries(
		partitions.map((name) => [name, { version: name, files: [], rows: 1, fingerprint: name }]),
	),
});
const listPartitions = async (lake: Lake, number?: number) => {
	const snapshot = number === undefined ? await lake.newest() : await lake.at(number);
	return Object.keys((await snapshot.table('silver_orders')).partitions).sort();
};
/** Adds a partition to what is there, as a task does. */
const add = (lake: Lake, partition: string, run = newRun(partition)) =>
	lake.transact(run, async (snapshot) => {
		const { partitions } = await snapshot.table('silver_orders');
		return { tables: { silver_orders: tableManifest(...Object.keys(partitions), partition) } };
	});
const headKeys = (store: MemoryStore) => store.keys('_heads/');

describe('commits', () => {
	it('of twenty concurrent runs all take effect, one head each', async () => {
		const store = new MemoryStore();
		const names = Array.from({ length: 20 }, (_, index) => `p${String(index).padStart(2, '0')}`);
		await Promise.all(names.map((name) => add(new Lake(store.door({}), clock), name)));
		const lake = new Lake(store, clock);
		expect(await listPartitions(lake)).toEqual(names);
		expect(headKeys(store)).toHaveLength(20);
		const heads = await lake.history();
		expect(heads.map(({ number }) => number)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
		expect(heads.map(({ task }) => task).sort()).toEqual(names);
	});

	it('happen once if the answer is lost', async () => {
		const store = new MemoryStore();
		const lossy = store.door({ losesAnswer: (key) => key.startsWith('_heads/') });
		const { snapshot, committed } = await add(new Lake(lossy, clock), 'a');
		expect({ committed, number: snapshot.head.number }).toEqual({ committed: true, number: 1 });
		expect(headKeys(store)).toEqual(['_heads/0000000001.json']);
	});

	it('are planned again on the state that another run left', async () => {
		const store = new MemoryStore();
		let met = false;
		const door = store.door({
			before: async (operation) => {
				if (operation !== 'createText' || met) return;
				met = true;
				await add(new Lake(store, clock), 'other');
			},
		});
		await add(new Lake(door, clock), 'own');
		expect(await listPartitions(new Lake(store, clock))).toEqual(['other', 'own']);
	});

	it('leave no trace for a reader where a run dies before its head', async () => {
		const store = new MemoryStore();
		await add(new Lake(store, clock), 'a');
		const dying = store.door({
			before: (operation) => {
				if (operation === 'createText') throw new Error('killed');
			},
		});
		await expect(add(new Lake(dying, clock), 'b')).rejects.toThrow('killed');
		expect(await listPartitions(new Lake(store, clock))).toEqual(['a']);
		await add(new Lake(store, clock), 'b');
		expect(await listPartitions(new Lake(store, clock))).toEqual(['a', 'b']);
	});

	it('of a run that a signal has stopped are refused, except to undo something', async () => {
		const store = new MemoryStore();
		const stop = new AbortController();
		const lake = new Lake(store, clock, stop.signal);
		await add(lake, 'a');
		stop.abort();
		await expect(add(lake, 'b')).rejects.toThrow(TerminatedError);
		expect(await listPartitions(lake)).toEqual(['a']);
		await lake.transact(newRun('b'), async () => ({ tables: { silver_orders: tableManifest() } }), {
			evenIfStopped: true,
		});
		expect(await listPartitions(lake)).toEqual([]);
	});

	it('find the newest head with a hint that is stale, missing or garbage', async () => {
		const store = new MemoryStore();
		for (const name of ['a', 'b', 'c']) await add(new Lake(store, clock), name);
		const [hint = ''] = store.keys('_hints/');
		for (const text of ['0000000001', 'nonsense', undefined]) {
			if (text === undefined) await store.delete([hint]);
			else await store.putText(hint, text);
			expect((await new Lake(store, clock).newest()).head.number).toBe(3);
		}
	});

	it('are refused to a run that is older than its files are safe', async () => {
		const store = new MemoryStore();
		const lake = new Lake(store, clock);
		const old = newRun('old', new Date('2026-11-20T23:59:59Z'));
		await expect(add(lake, 'a', old)).rejects.toThrow(TryAgainError);
		await expect(add(lake, 'a', old)).rejects.toThrow(
			'This run began 2026-11-20T23:59:59.000Z, longer ago than the 12 hours that its files are safe. Nothing was published; run it again.',
		);
		expect(headKeys(store)).toEqual([]);
		await add(lake, 'a', newRun('young', new Date('2026-11-21T00:00:01Z')));
		expect(headKeys(store)).toHaveLength(1);
	});
});

describe('the log of heads', () => {
	async function lakeOfThree(): Promise<{ store: MemoryStore; lake: Lake }> {
		const store = new MemoryStore();
		const lake = new Lake(store, clock);
		for (const name of ['a', 'b', 'c']) await add(lake, name);
		return { store, lake };
	}

	it.each([
		'_heads/.DS_Store',
		'_heads/',
		'_heads/0000000003.json.bak',
		'_heads/0000000009.json/copy',
		'_heads/00000000009.json',
		'_heads/9.json',
		'_heads/zzz',
	])('is read past %j, which is not a head', async (key) => {
		const { store, lake } = await lakeOfThree();
		await store.putText(key, 'not a head');
		expect((await lake.newest()).head.number).toBe(3);
		await add(lake, 'd');
		expect(await listPartitions(lake)).toEqual(['a', 'b', 'c', 'd']);
		expect((await lake.history()).map(({ number }) => number)).toEqual([1, 2, 3, 4]);
	});

	it('keeps the other heads if one in the middle is lost', async () => {
		const { store, lake } = await lakeOfThree();
		await store.delete(['_heads/0000000002.json']);
		expect((await lake.history()).map(({ number }) => number)).toEqual([1, 3]);
		expect((await lake.log()).lost.map(({ number }) => number)).toEqual([2]);
		const reading = lake.at(2);
		await expect(reading).rejects.toThrow(DataRefusedError);
		await expect(reading).rejects.toThrow(
			"_heads/0000000002.json is missing, though the lake names it. Restore the object from an earlier version of it, if the bucket keeps versions; or use another head: 'shoplake status --history' lists those that can be read.",
		);
	});

	it.each([
		['lost', (store: MemoryStore) => store.delete(['_heads/0000000003.json'])],
		['damaged', (store: MemoryStore) => store.putText('_heads/0000000003.json', '{"format":1')],
		[
			'as of an earlier time, its hint not',
			(store: MemoryStore) => store.delete(['_heads/0000000003.json', '_manifests/']),
		],
	] as const)('whose newest head is %s refuses to read or commit, until a rollback goes on', async (_, harm) => {
		const { store } = await lakeOfThree();
		await harm(store);
		const lake = new Lake(store, clock);
		const wayBack = "continue from head 2 of 2026-11-21T12:00:00.000Z: 'shoplake rollback --to 2'.";
		await expect(listPartitions(lake)).rejects.toThrow(wayBack);
		await expect(add(lake, 'd')).rejects.toThrow(DataRefusedError);
		const { head } = await rollback(lake, newRun('rollback'), 2, []);
		// The number of the lost head is not given again: others may have noted it.
		expect(head).toMatchObject({ number: 4, restored: 2 });
		expect(await listPartitions(lake)).toEqual(['a', 'b']);
		await add(lake, 'd');
		expect((await lake.history()).map(({ number }) => number)).toEqual([1, 2, 4, 5]);
	});

	it('ignores a damaged hint', async () => {
		const { store, lake } = await lakeOfThree();
		store.damage('_hints/newest-head', (bytes) => Buffer.from(bytes.toString().replace('0000000003', '0000000013')));
		expect((await lake.newest()).head.number).toBe(3);
	});

	it.each(['9999999999', '0002000003'])('treats the hint %s, far ahead of the heads, as damaged', async (hint) => {
		const { store, lake } = await lakeOfThree();
		await store.putText('_hints/newest-head', hint);
		expect((await lake.newest()).head.number).toBe(3);
	});

	it('with a wide gap is read without asking for each number in it', async () => {
		const { store, lake } = await lakeOfThree();
		await store.putText('_hints/newest-head', '0000900000');
		await rollback(lake, newRun('rollback'), 3, []);
		const { heads, lost } = await lake.log();
		expect(heads.map(({ head }) => head.number)).toEqual([1, 2, 3, 900_001]);
		expect(lost).toHaveLength(100);
	});

	it('reads the hint of earlier versions, which had no checksum', async () => {
		const { store, lake } = await lakeOfThree();
		await store.putText('_hints/newest-head', '0000000003');
		expect((await lake.newest()).head.number).toBe(3);
	});

	it('that is lost altogether is not mistaken for an empty lake', async () => {
		const { store, lake } = await lakeOfThree();
		await store.delete(store.keys('_heads/'));
		await expect(lake.newest()).rejects.toThrow(
			'to start over with an empty lake, delete the objects under _heads/ and _hints/ first.',
		);
	});

	it.each([1, 3, 0, -1])('of an empty lake has no head %d', async (number) => {
		const lake = new Lake(new MemoryStore(), clock);
		const message = `There is no head ${number}: the lake is empty.`;
		await expect(lake.at(number)).rejects.toThrow(new UsageError(message));
		await expect(rollback(lake, newRun('rollback'), number, [])).rejects.toThrow(new UsageError(message));
	});

	it.each([1.5, Number.NaN, Number.POSITIVE_INFINITY])('has no head %d', async (number) => {
		const { lake } = await lakeOfThree();
		const message = `${number} is not the number of a head. Write it as a whole number, like 12.`;
		await expect(lake.at(number)).rejects.toThrow(new UsageError(message));
	});
});

it('a head stored under the number of another is refused', async () => {
	const store = new MemoryStore();
	for (const name of ['a', 'b']) await add(new Lake(store, clock), name);
	await store.putText('_heads/0000000002.json', (await store.getText('_heads/0000000001.json')) ?? '');
	await expect(listPartitions(new Lake(store, clock))).rejects.toThrow(
		'_heads/0000000002.json is damaged: it holds head 1.',
	);
});

it.each([
	['bronze/orders/batch=b-1/v=a/part-00000.ndjson.zst', "'shoplake ingest --batch b-1 --dataset orders'"],
	['_manifests/batches/orders/a%2Fb/x.json', "'shoplake withdraw --batch a/b --dataset orders'"],
	['quarantine/gadget_sales/batch=live_orders-20261126T12/v=a/rejected.ndjson.zst', 'from an earlier version of it'],
	['keys/orders/v=a/part-0.parquet', "'shoplake rebuild'"],
	['internal/product_names/v=a/part-0.parquet', "'shoplake rebuild'"],
	['_manifests/tables/serving_kpis/a-1.json', "'shoplake rebuild'"],
	['_manifests/ledger/a-1.json', "'shoplake rollback --to N'"],
	['_heads/0000000003.json', "'shoplake status --history'"],
])('the way to fix %s names %s', (key, fix) => {
	expect(howToFix(key)).toContain(fix);
});

describe('a manifest made by hand', () => {
	it.each([
		'../outside.parquet',
		'silver/../../outside.parquet',
		'/silver/orders/part-0.parquet',
		'silver//part-0.parquet',
		'silver/./part-0.parquet',
		'silver/orders/..',
		'silver/orders/',
		'elsewhere/part-0.parquet',
		'silver/a\u0000b.parquet',
		'',
	])("can't name the file %j", async (key) => {
		const store = new MemoryStore();
		const lake = new Lake(store, clock);
		const entry = { version: 'a', files: [{ key, rows: 1, bytes: 1 }], rows: 1, fingerprint: 'a' };
		await lake.transact(newRun('a'), async () => ({
			tables: { silver_orders: { ...tableManifest(), partitions: { a: entry } } },
		}));
		const reading = listPartitions(lake);
		await expect(reading).rejects.toThrow(DataRefusedError);
		await expect(reading).rejects.toThrow(`partitions.a.files.0.key: ${JSON.stringify(key)} is not the key of a file`);
	});
});

describe('a newer format', () => {
	it.each(['_heads/0000000001.json', '_manifests/tables/silver_orders/'])(
		'of %s is refused by name',
		async (prefix) => {
			const store = new MemoryStore();
			await add(new Lake(store, clock), 'a');
			const [key = ''] = store.keys(prefix);
			const { checksum: _, ...own } = JSON.parse(store.contents(key)[key] ?? '') as Head & { checksum: string };
			const newer = { ...own, format: 4, tables: 'otherwise' };
			await store.putText(key, JSON.stringify(newer));
			const reading = listPartitions(new Lake(store, clock));
			await expect(reading).rejects.toThrow(UsageError);
			await expect(reading).rejects.toThrow(
				`${key} has format 4; this shoplake reads up to 3. A newer shoplake wrote this lake: use that one.`,
			);
		},
	);
});

it('a process reads a manifest or a ledger once, and none that it has written', async () => {
	const store = new MemoryStore();
	const ledger = { format: 1, ingested: {}, admitted: {}, left_out: {} };
	const another = new Lake(store, clock);
	await another.transact(newRun('clean'), async () => ({ ledger, tables: { silver_orders: tableManifest('a') } }));
	const read: string[] = [];
	const door = store.door({
		before: (operation, key) => {
			if (operation === 'getText' && key.startsWith('_manifests/')) read.push(key.split('/').slice(1, 3).join('/'));
		},
	});
	const lake = new Lake(door, clock);
	const readAll = async () => {
		const snapshot = await lake.newest();
		await snapshot.ledger();
		return listPartitions(lake);
	};
	expect([await readAll(), await readAll()]).toEqual([['a'], ['a']]);
	expect(read.map((key) => key.replace(/[0-9a-f]{12}-1.json/, ''))).toEqual(['ledger/', 'tables/silver_orders']);

	await add(lake, 'b');
	expect([await readAll(), read.length]).toEqual([['a', 'b'], 2]);

	await add(another, 'c');
	expect([await readAll(), read.length]).toEqual([['a', 'b', 'c'], 3]);
});

describe('rollback', () => {
	const version = (attempt: string) => ({ attempt, as_of: now.toISOString(), received: 1, rejected: 0 });
	/** Four heads: batch a admitted, a Gold table made, batch a ingested again and b admitted, KPIs loaded. */
	async function lakeOfFourHeads(): Promise<{ store: MemoryStore; lake: Lake }> {
		const store = new MemoryStore();
		const lake = new Lake(store, clock);
		const a = { orders: { a: version('a1') } };
		const both = { orders: { a: version('a2'), b: version('b1') } };
		const changes = [
			{ tables: { silver_orders: tableManifest('a') }, ledger: { ingested: a, admitted: a } },
			{ tables: { gold_order_kpis: tableManifest('a') } },
			{ tables: { silver_orders: tableManifest('a', 'b') }, ledger: { ingested: both, admitted: both } },
			{ tables: { gold_daily_sales: tableManifest('b'), serving_kpis: tableManifest('a', 'b') } },
		];
		for (const { tables, ledger } of changes) {
			await lake.transact(newRun('task'), async () => ({
				tables,
				...(ledger ? { ledger: { format: 1 as const, left_out: {}, ...ledger } } : {}),
			}));
		}
		return { store, lake };
	}

	it('puts the tables and admissions of an earlier head under a new number', async () => {
		const { lake } = await lakeOfFourHeads();
		const { head, ...snapshot } = await rollback(lake, newRun('rollback'), 2, ['serving_kpis']);
		expect(snapshot).toBeDefined();
		expect(head).toMatchObject({ number: 5, restored: 2, task: 'rollback' });
		expect(Object.keys(head.tables).sort()).toEqual(['gold_order_kpis', 'serving_kpis', 'silver_orders']);
		expect(await listPartitions(lake)).toEqual(['a']);
		expect(await listPartitions(lake, 4)).toEqual(['a', 'b']);
		const newest = await lake.newest();
		expect(Object.keys((await newest.table('serving_kpis')).partitions)).toEqual(['a', 'b']);
		expect(await newest.ledger()).toEqual({
			format: 1,
			ingested: { orders: { a: version('a2'), b: version('b1') } },
			admitted: { orders: { a: version('a1') } },
			left_out: { orders: ['a', 'b'] },
		});
	});

	it('can itself be rolled back', async () => {
		const { lake } = await lakeOfFourHeads();
		const before = await (await lake.newest()).ledger();
		await rollback(lake, newRun('rollback'), 2, ['serving_kpis']);
		const { head } = await rollback(lake, newRun('rollback'), 4, ['serving_kpis']);
		expect(Object.keys(head.tables).sort()).toEqual([
			'gold_daily_sales',
			'gold_order_kpis',
			'serving_kpis',
			'silver_orders',
		]);
		expect(await listPartitions(lake)).toEqual(['a', 'b']);
		expect(await (await lake.newest()).ledger()).toEqual(before);
	});

	it('works if the newest ledger is lost: later ingestions are forgotten', async () => {
		const { store } = await lakeOfFourHeads();
		const lake = new Lake(store, clock);
		const { head } = await lake.newest();
		await store.delete([head.ledger ?? '']);
		// Another process: this one has read the ledger.
		const later = new Lake(store, clock);
		await expect((await later.newest()).ledger()).rejects.toThrow("'shoplake rollback --to N' restores one.");
		await rollback(later, newRun('rollback'), 2, ['serving_kpis']);
		expect(await (await lake.newest()).ledger()).toMatchObject({ ingested: { orders: { a: version('a1') } } });
	});

	it.each([0, 5, -1])('refuses head %d, which does not exist', async (number) => {
		const { store, lake } = await lakeOfFourHeads();
		const rolling = rollback(lake, newRun('rollback'), number, []);
		await expect(rolling).rejects.toThrow(UsageError);
		await expect(rolling).rejects.toThrow(
			`There is no head ${number}: the lake keeps heads 1 to 4. See 'shoplake status --history'.`,
		);
		expect(headKeys(store)).toHaveLength(4);
	});
});
