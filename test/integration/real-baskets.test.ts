import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TaskContext } from '../../tasks/context';
import { type DatasetName, orderItems, tables } from '../../tasks/contracts';
import { type Account, listAccounts } from '../../tasks/lake';
import { attach, type FileTable } from '../../tasks/lake/partitions';
import { type RealBaskets, realBaskets } from '../../tasks/local/real-baskets';
import { ingestBatch } from '../../tasks/pipeline/bronze';
import { aggregate } from '../../tasks/pipeline/gold';
import { clean } from '../../tasks/pipeline/silver';
import { orphans } from '../../tasks/pipeline/silver/tables';
import { readTable, sorted, testContext } from '../support/context';
import { MemoryStore } from '../support/memory-store';

/** Needs PyPI the first time: the baskets come in a package. Where it can't be had, the error says so and all fails. */

/** What the command line takes by default. */
const maxRejected = 0.05;
const minutes = 60_000;

const home = process.cwd();
const daily = new MemoryStore();
const quarterly = new MemoryStore();
let folder: string;
let baskets: RealBaskets;
let expected: Expected;

/** What the independent computation prints. */
interface Expected {
	readonly received: Readonly<Partial<Record<DatasetName, number>>>;
	readonly rejected: Readonly<Partial<Record<DatasetName, Readonly<Record<string, number>>>>>;
	readonly orphans: Readonly<Record<string, number>>;
	readonly days: Readonly<Record<string, { readonly order_kpis: object; readonly category_kpis: readonly object[] }>>;
}

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'shoplake-baskets-'));
	baskets = await realBaskets({ from: '2017-01-01', to: '2017-03-31', folder, home });
	expected = await computedByHand(baskets.days.map(({ date }) => date));
	for (const [index, { date, paths }] of baskets.days.entries()) {
		await throughPipeline(daily, date, index === 0 ? [baskets.products.path, ...paths] : paths);
	}
	await throughPipeline(quarterly, '2017-Q1', [folder], '2017-03-31');
}, 10 * minutes);

afterAll(() => rm(folder, { recursive: true, force: true }));

test('the quarter is all there', () => {
	const sum = (count: 'orders' | 'lines') => baskets.days.reduce((total, day) => total + day[count], 0);
	expect([baskets.days.length, sum('orders'), sum('lines'), baskets.products.records]).toEqual([
		90, 37_489, 362_683, 92_331,
	]);
});

const waiting = orphans(orderItems);

test.each([...tables, { ...waiting, columns: waiting.columns.filter(({ name }) => name !== 'batch') }])(
	'$name has the same rows, whether a batch is a day or the quarter',
	async (table) => {
		const { rows, differing } = await compared(table);
		expect(differing).toEqual([]);
		expect(rows).toBe(rowsOfQuarter[table.name]);
	},
);

/** Rows by table; none of those that are made from events or live orders, which these data have not. */
const rowsOfQuarter: Readonly<Record<string, number>> = {
	silver_orders: 37_489,
	silver_order_items: 360_470,
	silver_products: 91_803,
	silver_events: 0,
	silver_gadget_sales: 0,
	gold_daily_sales: 256_205,
	gold_category_kpis: 1_630,
	gold_order_kpis: 90,
	gold_customer_daily: 30_457,
	gold_customer_value: 2_280,
	gold_inventory_health: 91_803,
	gold_event_funnel: 0,
	gold_user_product_interactions: 0,
	gold_sales_anomalies: 1_966,
	gold_live_anomalies: 0,
	orphans_order_items: 348,
};

describe.each([
	['a batch a day', daily],
	['one batch', quarterly],
])('%s', (_, store) => {
	test('accounts for every record', async () => {
		const accounts = await inContext(store, accountsIn);
		for (const { received, kept, duplicates, superseded, rejected, orphans } of accounts) {
			expect(kept + duplicates + superseded + rejected + orphans).toBe(received);
		}
		expect(summed(accounts)).toEqual({
			orders: { received: 37_489, kept: 37_489, duplicates: 0, superseded: 0, rejected: 0, orphans: 0 },
			order_items: { received: 362_683, kept: 360_470, duplicates: 0, superseded: 0, rejected: 1_865, orphans: 348 },
			products: { received: 92_331, kept: 91_803, duplicates: 0, superseded: 0, rejected: 528, orphans: 0 },
		});
	});

	test('counts what the independent computation counts', async () => {
		const sums = summed(await inContext(store, accountsIn));
		const total = (counts: object = {}) => Object.values(counts).reduce((sum: number, count: number) => sum + count, 0);
		for (const dataset of ['orders', 'order_items', 'products'] as const) {
			const { received, rejected } = sums[dataset] ?? {};
			expect([dataset, received, rejected]).toEqual([
				dataset,
				expected.received[dataset],
				total(expected.rejected[dataset]),
			]);
		}
		expect(sums.order_items?.orphans).toBe(total(expected.orphans));
	});

	test('has the KPIs of every day that the independent computation has', async () => {
		const [orderKpis, categoryKpis] = await inContext(store, (context) =>
			Promise.all([readTable(context, 'gold_order_kpis'), readTable(context, 'gold_category_kpis')]),
		);
		const dates = Object.keys(expected.days);
		expect(dates).toHaveLength(90);
		expect(sorted(orderKpis)).toEqual(
			sorted(dates.map((order_date) => ({ ...expected.days[order_date]?.order_kpis, order_date }))),
		);
		expect(sorted(categoryKpis)).toEqual(
			sorted(
				dates.flatMap((order_date) =>
					(expected.days[order_date]?.category_kpis ?? []).map((row) => ({ ...row, order_date })),
				),
			),
		);
	});
});

/** Takes a batch from its files to Gold, each task as a process of its own would do it. */
async function throughPipeline(
	store: MemoryStore,
	batch: string,
	sources: readonly string[],
	asOf?: string,
): Promise<void> {
	await inContext(store, (context) => ingestBatch(context, { batch, sources, maxRejected, ...(asOf ? { asOf } : {}) }));
	await inContext(store, (context) => clean(context, { batches: [batch] }));
	await inContext(store, (context) => aggregate(context, { kind: 'all' }));
}

async function inContext<T>(store: MemoryStore, work: (context: TaskContext) => Promise<T>): Promise<T> {
	const { context, dispose } = testContext({ store });
	try {
		return await work(context);
	} finally {
		await dispose();
	}
}

/** How many rows a table has day by day, and the first of those that only one of the two lakes has. */
async function compared(table: FileTable): Promise<{ rows: number; differing: unknown[] }> {
	return inContext(daily, async (context) => {
		const duckdb = await context.duckdb();
		for (const [as, store] of Object.entries({ by_day: daily, by_quarter: quarterly })) {
			const manifest = await inContext(store, async (one) => (await (await one.lake()).newest()).table(table.name));
			await attach({ store, duckdb, scratch: await context.scratch() }, table, manifest, { as });
		}
		const { rows } = await duckdb.row('select count(*) as rows from by_day');
		const differing = await duckdb.rows(
			`(select 'by day' as only_in, * from (from by_day except all from by_quarter)
			 union all select 'by quarter', * from (from by_quarter except all from by_day)) limit 10`,
		);
		return { rows: Number(rows), differing };
	});
}

async function accountsIn(context: TaskContext): Promise<Account[]> {
	const snapshot = await (await context.lake()).newest();
	return listAccounts(await snapshot.ledger(), (name) => snapshot.table(name));
}

type Sums = Omit<Account, 'dataset' | 'batch' | 'as_of'>;

/** The accounts of all batches, by dataset. */
function summed(accounts: readonly Account[]): Partial<Record<DatasetName, Sums>> {
	const sums: Partial<Record<DatasetName, Sums>> = {};
	for (const { dataset, batch: _, as_of: __, ...one } of accounts) {
		const sum = sums[dataset];
		sums[dataset] = sum
			? {
					received: sum.received + one.received,
					kept: sum.kept + one.kept,
					duplicates: sum.duplicates + one.duplicates,
					superseded: sum.superseded + one.superseded,
					rejected: sum.rejected + one.rejected,
					orphans: sum.orphans + one.orphans,
				}
			: one;
	}
	return sums;
}

async function computedByHand(dates: readonly string[]): Promise<Expected> {
	const script = join(home, 'test', 'support', 'real-kpis.py');
	const { stdout } = await promisify(execFile)('python3', [script, folder, ...dates], { maxBuffer: 64 * 1024 ** 2 });
	return JSON.parse(stdout);
}
