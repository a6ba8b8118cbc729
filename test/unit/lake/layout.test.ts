import { type DatasetName, tables } from '../../../tasks/contracts';
import { howToFix, Lake, type LakeLayout, lakeLayout, listAccounts, mirrorFolder, vacuum } from '../../../tasks/lake';
import { isFileKey, isWrittenBy, lakeTable, listFilePrefixes, listPrefixes } from '../../../tasks/lake/layout';
import type { OutcomeCounts, TableManifest } from '../../../tasks/lake/model';
import { partitionFolder } from '../../../tasks/lake/partitions';
import { verifyLake } from '../../../tasks/operations/verify';
import { definitions } from '../../../tasks/pipeline/catalog/definition';
import { planMirror } from '../../../tasks/pipeline/catalog/mirror';
import { testContext } from '../../support/context';
import { MemoryStore } from '../../support/memory-store';
import { perform } from '../../support/perform';
import { event, line, order, product, ShopLake } from '../pipeline/silver/shop-lake';

const returns = 'returns' as DatasetName;
/** The lake with a further dataset, its tables, a table in a layer of its own, and a further stream. */
const wider: LakeLayout = {
	datasets: [...lakeLayout.datasets, returns],
	deliveries: [...lakeLayout.deliveries, 'bronze/live_returns/'],
	tables: [
		...lakeLayout.tables,
		...['silver_returns', 'records_returns', 'orphans_returns'].map((name) => lakeTable(name, 'clean')),
		lakeTable('forecasts_daily', 'aggregate'),
	],
};
/** What the lake makes of something, as it is and with what was added to it. */
const bothWays = async <T>(work: (layout: LakeLayout) => T | Promise<T>): Promise<{ asItIs: T; wider: T }> => ({
	asItIs: await work(lakeLayout),
	wider: await work(wider),
});

const now = new Date('2026-11-21T12:00:00Z');
const longAgo = new Date('2026-10-01T00:00:00Z');
const run = { task: 'test', runId: 'test', attempt: 'a', startedAt: now };
const labels = (kept: number, orphans: number): OutcomeCounts => ({ kept, duplicates: 0, superseded: 0, orphans });
const manifest = (table: string, entry: { rows: number; labels?: Record<string, OutcomeCounts> }): TableManifest => ({
	format: 1,
	table,
	contract: 1,
	partitions: { all: { version: 'a', files: [], fingerprint: '', ...entry } },
});
const version = { attempt: 'a', as_of: now.toISOString(), received: 3, rejected: 0 };
const ledger = { format: 1 as const, ingested: {}, admitted: { returns: { b: version } }, left_out: {} };

describe('a dataset or a table that is added to the declaration', () => {
	test('has keys that manifests may name', async () => {
		const key = 'forecasts/daily/v=a/part-0.parquet';
		expect(await bothWays((layout) => isFileKey(key, listFilePrefixes(layout)))).toEqual({
			asItIs: false,
			wider: true,
		});
	});

	test('is vacuumed, but not what is delivered beside its batches', async () => {
		const unnamed = [
			'bronze/returns/batch=b/v=a/part-0.ndjson.zst',
			'forecasts/daily/v=a/part-0.parquet',
			'bronze/live_returns/2026/10/01/00/object',
		];
		const left = await bothWays(async (layout) => {
			const store = new MemoryStore({ clock: () => longAgo });
			for (const key of unnamed) store.place(key, 'text');
			const later = Object.assign(Object.create(store), { now: async () => now }) as MemoryStore;
			await vacuum(new Lake(later, () => now), run, { graceMs: 0, alsoKept: [], layout });
			return store.keys();
		});
		expect(left).toEqual({ asItIs: [...unnamed].sort(), wider: ['bronze/live_returns/2026/10/01/00/object'] });
	});

	test('keeps its files where its manifest can’t be read', async () => {
		let time = longAgo;
		const store = new MemoryStore({ clock: () => time });
		const lake = new Lake(store, () => time);
		await lake.transact({ ...run, startedAt: time }, async () => ({
			tables: { forecasts_daily: manifest('forecasts_daily', { rows: 0 }) },
		}));
		for (const folder of ['forecasts/daily/v=a/', 'forecasts/hourly/v=a/'])
			store.place(`${folder}part-0.parquet`, 'text');
		const [key = ''] = store.keys('_manifests/tables/forecasts_daily/');
		store.damage(key, () => Buffer.from('x'));
		time = now;
		const { unreadable } = await vacuum(lake, run, { graceMs: 0, alsoKept: [], layout: wider });
		expect(unreadable).toEqual([key]);
		expect(store.keys('forecasts/')).toEqual(['forecasts/daily/v=a/part-0.parquet']);
	});

	test('is accounted for', async () => {
		const table = async (name: string) => manifest(name, { rows: 3, labels: { b: labels(2, 1) } });
		const { asItIs, wider: added } = await bothWays((layout) => listAccounts(ledger, table, layout));
		expect(asItIs).toEqual([]);
		expect(added).toEqual([
			{ dataset: 'returns', batch: 'b', as_of: version.as_of, received: 3, rejected: 0, ...labels(2, 1) },
		]);
	});

	test('is verified: its sums, and the rows of its tables', async () => {
		const store = new MemoryStore({ clock: () => now });
		await new Lake(store, () => now).transact(run, async () => ({
			ledger,
			tables: {
				silver_returns: manifest('silver_returns', { rows: 2 }),
				records_returns: manifest('records_returns', { rows: 3, labels: { b: labels(1, 1) } }),
				orphans_returns: manifest('orphans_returns', { rows: 5 }),
			},
		}));
		const problems = await bothWays(async (layout) => {
			const { context, dispose } = testContext({ store, clock: () => now });
			const { findings } = await verifyLake(context, { layout }).finally(dispose);
			return findings.map(({ problem }) => problem).filter((problem) => !problem.startsWith('is missing'));
		});
		expect(problems).toEqual({
			asItIs: [],
			wider: [
				expect.stringContaining('Batch b of returns does not add up: 3 received'),
				'has 2 rows, but 1 records are labelled kept',
				'has 5 rows, but 1 records are labelled orphans',
			],
		});
	});

	test('is recomputed by rebuild, which is also how to fix it', async () => {
		expect(await bothWays((layout) => isWrittenBy('aggregate', 'forecasts_daily', layout))).toEqual({
			asItIs: false,
			wider: true,
		});
		expect(isWrittenBy('clean', 'records_returns', wider)).toBe(true);
		expect(await bothWays((layout) => howToFix('_manifests/tables/forecasts_daily/a-1.json', layout))).toEqual({
			asItIs: 'Restore the object from an earlier version of it, if the bucket keeps versions.',
			wider: "Run 'shoplake rebuild' to recompute it from Bronze.",
		});
	});

	test('is mirrored under its name', () => {
		const [of] = definitions.filter(({ name }) => name === 'gold_daily_sales');
		if (!of) throw new Error('no definition');
		const definition = { ...of, name: 'gold_daily_returns' };
		const partition = { column: 'order_date' };
		const folder = `${partitionFolder({ name: definition.name, partition }, '2026-11-20', 'a')}/`;
		const partitions = new Map([['2026-11-20', `s3://lake/${folder}`]]);
		const desired = { definition, source: '', location: '', partitions, files: new Map() };
		expect(folder).toBe('gold/daily_returns/order_date=2026-11-20/v=a/');
		expect(planMirror([desired], [`${folder}part-0.parquet`], 'lake').toCopy).toEqual(
			new Map([
				[`${mirrorFolder('gold_daily_returns')}order_date=2026-11-20/a-part-0.parquet`, `${folder}part-0.parquet`],
			]),
		);
	});

	test('has its prefix in the bucket', async () => {
		const { asItIs, wider: added } = await bothWays((layout) => listPrefixes(layout));
		expect(added.filter((prefix) => !asItIs.includes(prefix))).toEqual(['forecasts/']);
	});
});

describe('the declaration', () => {
	test('has every table that users query', () => {
		const declared = lakeLayout.tables.map(({ name }) => name);
		expect(tables.map(({ name }) => name).filter((name) => !declared.includes(name))).toEqual([]);
		expect(new Set(declared).size).toBe(declared.length);
	});

	test('has every table and prefix of a lake that tasks have filled', async () => {
		const lake = new ShopLake();
		await lake.admit({
			'2026-11-20': {
				orders: [order('o1', { total_amount: 'x' }), order('o2')],
				order_items: [line('o2', 1), line('o9', 1)],
				products: [product('p1')],
				events: [event('e1', '2026-11-20T10:00:00Z')],
			},
		});
		await perform(lake.store, { do: 'aggregate' }, now.toISOString());
		const written = await lake.process(async (context) =>
			Object.keys((await (await context.lake()).newest()).head.tables),
		);
		expect(written).toEqual(expect.arrayContaining(['silver_orders', 'keys_orders', 'gold_order_kpis']));
		const declared = lakeLayout.tables.map(({ name }) => name);
		expect(written.filter((name) => !declared.includes(name))).toEqual([]);
		const top = new Set(lake.store.keys().map((key) => `${key.split('/')[0]}/`));
		expect([...top].filter((prefix) => !listPrefixes().some((known) => known === prefix))).toEqual([]);
	});
});
