import * as fc from 'fast-check';
import { datasets } from '../../../tasks/contracts';
import { DamagedObjectError } from '../../../tasks/lake';
import { onlyFileFingerprint } from '../../../tasks/lake/check-file';
import { type Verified, type VerifyOptions, verifyLake } from '../../../tasks/operations/verify';
import { rebuild } from '../../../tasks/pipeline';
import { Random } from '../../../tasks/platform/random';
import { mountBronze, mountQuarantine } from '../../../tasks/query/bronze-tables';
import { testContext } from '../../support/context';
import type { MemoryStore } from '../../support/memory-store';
import { perform } from '../../support/perform';
import { readGold, readSilver } from '../../support/state';
import { event, line, order, product, ShopLake } from '../pipeline/silver/shop-lake';
import { runs, timeLimitMs } from '../properties/runs';

const now = '2026-11-21T12:00:00.000Z';

test('rows that another engine has measured are not compared with what DuckDB would measure', () => {
	const files = [{ key: 'gold/daily_sales/v=a/t/data/order_date=2026-11-20/x.parquet', rows: 3, bytes: 9 }];
	const measuredBy = (fingerprint: string) => onlyFileFingerprint({ version: 'a', files, rows: 3, fingerprint });
	expect([measuredBy('athena1:-77'), measuredBy('77')]).toEqual([undefined, '77']);
});

/** Two batches with a correction, a duplicate, an orphan, a rejected record, events; Gold of both. */
async function lakeOfTwoDays(): Promise<MemoryStore> {
	const lake = new ShopLake();
	await lake.admit({
		'2026-11-19': {
			orders: [
				order('o1', { order_date: '2026-11-19' }),
				order('o4', { order_date: '2026-11-19' }),
				order('o5', { order_date: '2026-11-19' }),
				order('o2', { order_date: '2026-11-19', total_amount: 'x' }),
			],
			order_items: [line('o1', 1), line('o1', 1), line('o9', 1)],
			products: [product('p1'), product('p2')],
		},
		'2026-11-20': {
			orders: [order('o1', { status: 'completed' }), order('o3')],
			order_items: [line('o3', 1), line('o3', 2, { product_id: 'p2' })],
			events: [event('e1', '2026-11-20T10:00:00Z')],
		},
	});
	await perform(lake.store, { do: 'aggregate' }, now);
	return lake.store;
}

async function inContext<T>(
	store: MemoryStore,
	work: (context: ReturnType<typeof testContext>['context']) => Promise<T>,
) {
	const { context, dispose } = testContext({ store, clock: () => new Date(now) });
	try {
		return await work(context);
	} finally {
		await dispose();
	}
}

const verified = (store: MemoryStore, options: VerifyOptions = {}): Promise<Verified> =>
	inContext(store, (context) => verifyLake(context, options));

/** All rows that the lake has, as a reader sees them. */
async function readRows(store: MemoryStore): Promise<unknown> {
	const stored = await inContext(store, async (context) => {
		const lake = await context.lake();
		const [snapshot, duckdb, scratch] = [await lake.newest(), await context.duckdb(), await context.scratch()];
		const session = { lake, snapshot, store: lake.store, duckdb, scratch };
		for (const dataset of Object.values(datasets)) await mountBronze(session, dataset);
		await mountQuarantine(session);
		const names = [...Object.keys(datasets).map((name) => `bronze_${name}`), 'lake_quarantine'];
		return Promise.all(names.map((name) => duckdb.rows(`select * from ${name} order by all`)));
	});
	return [await readSilver(store), await readGold(store), stored];
}

/** Kinds of objects, by what their keys begin with. */
const kinds = {
	'the newest head': '_heads/0000000004',
	'an earlier head': '_heads/0000000002',
	'the ledger': '_manifests/ledger/',
	'a manifest of a Silver table': '_manifests/tables/silver_orders/',
	'a manifest of a record set': '_manifests/tables/records_orders/',
	'a manifest of the key index': '_manifests/tables/keys_orders/',
	'a manifest of a Gold table': '_manifests/tables/gold_order_kpis/',
	'a manifest of an internal table': '_manifests/tables/internal_',
	'a manifest of a batch': '_manifests/batches/orders/',
	'Bronze of a batch': 'bronze/orders/',
	'a quarantine': 'quarantine/orders/',
	'a file of Silver': 'silver/orders/',
	'a file of a record set': 'records/orders/',
	'a file of orphans': 'orphans/order_items/',
	'a file of the key index': 'keys/orders/',
	'a file of Gold': 'gold/',
	'a file of an internal table': 'internal/',
} as const;
type Kind = keyof typeof kinds;

/** The keys among a kind's that the newest head needs. */
async function listKeys(store: MemoryStore, kind: Kind): Promise<string[]> {
	const lake = await inContext(store, (context) => context.lake());
	const { head } = await lake.newest();
	const current = new Set([...Object.values(head.tables), head.ledger]);
	const keys = store.keys(kinds[kind]);
	return /_manifests\/(ledger|tables)/.test(kinds[kind]) ? keys.filter((key) => current.has(key)) : keys;
}

const ways = {
	'a bit flipped': (random: Random) => (bytes: Buffer) => {
		const changed = Buffer.from(bytes);
		const at = random.below(bytes.length);
		changed[at] = (changed[at] as number) ^ (1 << random.below(8));
		return changed;
	},
	'cut off': (random: Random) => (bytes: Buffer) => bytes.subarray(0, 1 + random.below(bytes.length - 1)),
	emptied: () => () => Buffer.alloc(0),
	deleted: undefined,
} as const;
type Way = keyof typeof ways;

async function damage(store: MemoryStore, key: string, way: Way, random: Random): Promise<void> {
	const change = ways[way]?.(random);
	if (change) store.damage(key, change);
	else await store.delete([key]);
}

/** Damages one object of each of these kinds; returns their keys. */
async function damageEach(store: MemoryStore, some: readonly Kind[], way: Way): Promise<string[]> {
	const keys: string[] = [];
	for (const kind of some) {
		const random = new Random(`${kind} ${way}`).at(0, 0, 0);
		const key = random.pick(await listKeys(sound, kind));
		await damage(store, key, way, random);
		keys.push(key);
	}
	return keys;
}

const allKinds = Object.keys(kinds) as Kind[];
const allWays = Object.keys(ways) as Way[];
const ofTables = allKinds.filter((kind) => kind.startsWith('a manifest of') && !kind.endsWith('batch'));
const ofFiles = allKinds.filter((kind) => /^(a file|Bronze|a quarantine)/.test(kind));
const computedFiles = ofFiles.filter((kind) => kind.startsWith('a file'));

let sound: MemoryStore;
let rows: unknown;
beforeAll(async () => {
	sound = await lakeOfTwoDays();
	rows = await readRows(sound);
});

describe('verify', () => {
	it('finds nothing in a lake that is as it was written', async () => {
		const { findings, read, files } = await verified(sound);
		expect(findings).toEqual([]);
		expect(read).toBe(files);
	});

	it.each(allWays)('finds every file that is %s, and nothing else', async (way) => {
		const store = sound.clone();
		const keys = await damageEach(store, ofFiles, way);
		const { findings } = await verified(store);
		expect(findings.map(({ object }) => object).sort()).toEqual([...new Set(keys)].sort());
	});

	it.each(allWays)('finds every manifest and earlier head that is %s', async (way) => {
		const store = sound.clone();
		const keys = await damageEach(store, [...ofTables, 'a manifest of a batch', 'an earlier head'], way);
		const { findings } = await verified(store);
		expect(findings.map(({ object }) => object).sort()).toEqual(expect.arrayContaining(keys));
	});

	it.each(allWays)('finds a newest head and a ledger that are %s', async (way) => {
		for (const kind of ['the newest head', 'the ledger'] as const) {
			const store = sound.clone();
			const [key] = await damageEach(store, [kind], way);
			const { findings } = await verified(store);
			expect(findings).toContainEqual(
				expect.objectContaining({ object: key, fix: expect.stringContaining('rollback') }),
			);
		}
	});

	it('of some dates compares only the sizes of the files of others', async () => {
		const store = sound.clone();
		const [key = ''] = store.keys('gold/order_kpis/order_date=2026-11-19/');
		store.damage(key, (bytes) => Buffer.from(bytes).fill(0));
		expect((await verified(store, { interval: { from: '2026-11-20', to: '2026-11-20' } })).findings).toEqual([]);
		expect((await verified(store, { interval: { from: '2026-11-19', to: '2026-11-19' } })).findings).toHaveLength(1);
	});

	it('finds other rows in the files of a lake without digests, and a rebuild brings the right ones back', async () => {
		const store = sound.clone();
		for (const key of store.keys('_manifests/')) {
			store.damage(key, (text) => Buffer.from(text.toString().replace(/,"(sha256|checksum)":"[0-9a-f]+"/g, '')));
		}
		expect((await verified(store)).findings).toEqual([]);
		const [first = '', second = ''] = store.keys('silver/orders/');
		const [own, other] = [await readBytes(store, first), await readBytes(store, second)];
		store.damage(first, () => other);
		// The size in the manifest is made to fit, and both have two rows: only their content tells.
		const fileEntry = (bytes: Buffer) => `"key":"${first}","rows":2,"bytes":${bytes.length}`;
		for (const key of store.keys('_manifests/tables/')) {
			store.damage(key, (text) => Buffer.from(text.toString().replace(fileEntry(own), fileEntry(other))));
		}
		expect((await verified(store)).findings.map(({ object }) => object)).toEqual([first]);
		await inContext(store, (context) => rebuild(context, undefined));
		expect((await verified(store)).findings).toEqual([]);
		expect(await readRows(store)).toEqual(rows);
	});
});

describe('readers', () => {
	it('take no damaged object for other rows', async () => {
		await fc.assert(
			fc.asyncProperty(fc.constantFrom(...allKinds), fc.constantFrom(...allWays), async (kind, way) => {
				const store = sound.clone();
				await damageEach(store, [kind], way);
				const read = await readRows(store).catch((error: unknown) => error);
				if (read instanceof Error) expect(read).toBeInstanceOf(DamagedObjectError);
				else expect(read).toEqual(rows);
			}),
			{ numRuns: runs(5) },
		);
	});

	it('fetch a file again that was damaged on its way', async () => {
		const [key = ''] = sound.keys('silver/orders/');
		const sick = sound.clone();
		let downloads = 0;
		const bytes = await readBytes(sick, key);
		const door = sick.door({
			before: (operation, asked) => {
				if (operation !== 'download' || asked !== key) return;
				sick.damage(key, () => (downloads++ === 0 ? bytes.subarray(1) : bytes));
			},
		});
		expect((await readSilver(door)).orders).toEqual((await readSilver(sound)).orders);
		expect(downloads).toBe(2);
	});
});

describe('a copy of the bucket in which objects arrive in any order', () => {
	/** The lake after its first day, with Gold. */
	let early: MemoryStore;
	let late: MemoryStore;
	beforeAll(async () => {
		const lake = new ShopLake();
		await lake.admit({
			'2026-11-19': { orders: [order('o1', { order_date: '2026-11-19' })], products: [product('p1')] },
		});
		await perform(lake.store, { do: 'aggregate' }, now);
		early = lake.store.clone();
		await lake.admit({ '2026-11-20': { orders: [order('o1', { status: 'completed' }), order('o2')] } });
		await perform(lake.store, { do: 'aggregate' }, now);
		late = lake.store;
	});

	const headsOf = (store: MemoryStore) => store.keys('_heads/').map((key) => Number(/\d+/.exec(key)?.[0]));

	/** The whole lake when this head was the newest. */
	async function atHead(head: number): Promise<MemoryStore> {
		const store = late.clone();
		await store.delete([...store.keys('_hints/'), ...store.keys('_heads/').slice(head)]);
		return store;
	}
	const readTables = async (store: MemoryStore) => [await readSilver(store), await readGold(store)];
	/** What the newest head names, and `verify` does not find: earlier heads may be missing. */
	const findLost = async (store: MemoryStore, options: VerifyOptions = {}) =>
		(await verified(store, options)).findings.filter(({ object }) => !object.startsWith('_heads/'));

	/** The newest head of which `verify` finds everything, as an operator looks for it. */
	async function findWholeHead(store: MemoryStore): Promise<number> {
		for (const at of headsOf(store).reverse()) {
			if ((await findLost(store, { at })).length === 0) return at;
		}
		throw new Error('There is no whole head.');
	}

	it(
		'is never read as another state of the lake, and a rollback brings the newest whole one',
		async () => {
			const before = new Set(early.keys(''));
			const later = late.keys('').filter((key) => !before.has(key));
			expect(headsOf(late).length).toBeGreaterThan(headsOf(early).length + 1);
			await fc.assert(
				fc.asyncProperty(fc.subarray(later), fc.boolean(), async (missing, isHintOld) => {
					const copy = late.clone();
					await copy.delete([...missing, ...(isHintOld ? copy.keys('_hints/') : [])]);
					const read = await readRows(copy).catch((error: unknown) => error);
					if (read instanceof Error) expect(read).toBeInstanceOf(DamagedObjectError);
					else expect(read).toEqual(await readRows(await atHead(Math.max(...headsOf(copy)))));
					const whole = await findWholeHead(copy);
					await perform(copy, { do: 'rollback', to: whole }, now);
					const tables = await readTables(await atHead(whole));
					expect(await readTables(copy)).toEqual(tables);
					// A batch that was ingested later stays, and may be incomplete. Its finding names the command that removes it.
					const lost = await findLost(copy);
					for (const { fix } of lost) expect(fix).toContain('shoplake withdraw --batch 2026-11-20');
					if (lost.length === 0) return;
					await perform(copy, { do: 'withdraw', batch: '2026-11-20' }, now);
					expect(await findLost(copy)).toEqual([]);
					expect(await readTables(copy)).toEqual(tables);
				}),
				{ numRuns: runs(2) },
			);
		},
		timeLimitMs,
	);
});

describe('rebuild', () => {
	it.each([
		['every kind of file', computedFiles, 'a bit flipped'],
		['every kind of file', computedFiles, 'deleted'],
		['every kind of manifest', ofTables, 'cut off'],
	] as const)('brings back %s (%#)', async (_, some, way) => {
		const store = sound.clone();
		await damageEach(store, some, way);
		expect(await inContext(store, (context) => rebuild(context, undefined))).toMatchObject({ status: 'published' });
		expect((await verified(store)).findings).toEqual([]);
		expect(await readRows(store)).toEqual(rows);
		expect(await inContext(store, (context) => rebuild(context, undefined))).toMatchObject({ status: 'unchanged' });
	});

	it('refuses to build on Bronze that is damaged, and says what to do', async () => {
		const store = sound.clone();
		await damageEach(store, ['Bronze of a batch'], 'a bit flipped');
		const before = store.keys('_heads/');
		await expect(inContext(store, (context) => rebuild(context, undefined))).rejects.toThrow(
			/^bronze\/orders\/batch=(2026-11-\d\d)\/.* is damaged: it has the SHA-256 .* Ingest the batch again from its source \('shoplake ingest --batch \1 --dataset orders'\)/,
		);
		expect(store.keys('_heads/')).toEqual(before);
	});
});

async function readBytes(store: MemoryStore, key: string): Promise<Buffer> {
	return Buffer.concat(await (await store.read(key)).toArray());
}
