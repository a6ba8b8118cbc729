import type { GoldTableName } from '../../../../tasks/contracts';
import type { Change, PartitionEntry, TableManifest } from '../../../../tasks/lake';
import { plusDays } from '../../../../tasks/pipeline/gold/calendar';
import type { Row } from '../../../support/model';
import { GoldLake } from './gold-lake';
import { event, line, order, product, silver } from './silver-rows';

let lab: GoldLake;
beforeEach(() => {
	lab = new GoldLake();
});
afterEach(() => lab.dispose());

const lamp = product('p1', 'Lamp', 'Home', 9);
const ball = product('p2', 'Ball', 'Sport', 9);

/** Lamps sell on the 1st, balls on the 2nd, both on the 3rd; on each date somebody looks at a lamp, on the 2nd at p3. */
function week(products: readonly Row[], change: (order: Row) => Row = (order) => order) {
	const orders = ['2026-11-01', '2026-11-02', '2026-11-03'].map((date, n) =>
		change(order(`o${n}`, date, 'ann', '9.00')),
	);
	const [first, second, third] = orders as [Row, Row, Row];
	const views = orders.map(({ order_date }) => event('product_view', 'ann', 'p1', `${order_date}T10:00:00.000000Z`));
	return silver({
		orders,
		order_items: [
			line(first, 'p1', 1, '9.00'),
			line(second, 'p2', 1, '9.00'),
			line(third, 'p1', 1, '4.00'),
			line(third, 'p2', 1, '5.00'),
		].map((item, n) => ({ ...item, line_number: n })),
		products,
		events: [...views, event('purchase', 'bob', 'p3', '2026-11-02T11:00:00.000000Z')].map((one, n) => ({
			...one,
			event_id: n,
		})),
	});
}

test('a run without stale partitions commits nothing', async () => {
	expect((await lab.aggregate()).status).toBe('unchanged');
	await lab.setSilver(week([lamp, ball]));
	expect((await lab.aggregate()).head).toBe(2);
	expect(await lab.aggregate()).toMatchObject({ status: 'unchanged', head: 2, partitions: [] });
	await lab.setSilver(week([lamp, ball]));
	expect(await lab.aggregate()).toMatchObject({ status: 'unchanged', head: 3 });
});

test('a dry run says what would be recomputed and why, and changes nothing', async () => {
	await lab.setSilver(week([lamp, ball]));
	await lab.aggregate();
	await lab.setSilver(week([lamp, ball], (one) => (one.order_id === 'o1' ? { ...one, status: 'returned' } : one)));
	const planned = await lab.aggregate({ kind: 'all' }, { dryRun: true });
	expect(planned).toMatchObject({ status: 'planned', head: 3 });
	expect(planned.plan).toEqual([
		{ table: 'gold_daily_sales', partition: '2026-11-02', reason: 'changed: orders' },
		{ table: 'gold_category_kpis', partition: '2026-11-02', reason: 'changed: orders' },
		{ table: 'gold_order_kpis', partition: '2026-11-02', reason: 'changed: orders' },
		{ table: 'gold_customer_daily', partition: '2026-11-02', reason: 'changed: orders' },
		{
			table: 'gold_sales_anomalies',
			partition: '2026-11-02',
			reason: 'changed: sales of the date or of the 28 days before',
		},
		{
			table: 'gold_sales_anomalies',
			partition: '2026-11-03',
			reason: 'changed: sales of the date or of the 28 days before',
		},
		{ table: 'gold_customer_value', partition: 'all', reason: 'changed: orders' },
		{ table: 'gold_inventory_health', partition: 'all', reason: 'changed: products or sales of the last 30 days' },
	]);
	expect(await lab.head()).toBe(3);
	// A return changes rates, but no amount: nothing that is computed from amounts changes.
	expect(await lab.aggregate()).toMatchObject({
		partitions: ['gold_category_kpis/2026-11-02', 'gold_order_kpis/2026-11-02'],
		rows: 2,
	});
});

test('a change that leaves the figures the same rewrites nothing, and is checked once', async () => {
	await lab.setSilver(week([lamp, ball], (one) => ({ ...one, status: 'pending' })));
	await lab.aggregate();
	await lab.setSilver(week([lamp, ball]));
	expect(await lab.aggregate()).toMatchObject({ status: 'published', partitions: [], rows: 0 });
	expect((await lab.aggregate()).status).toBe('unchanged');
});

describe('a change of the catalogue', () => {
	beforeEach(async () => {
		await lab.setSilver(week([lamp, ball]));
		await lab.aggregate();
	});

	test('in stock or price touches inventory_health only', async () => {
		await lab.setSilver(week([lamp, { ...ball, price: '2.00', current_stock: 1 }]));
		expect((await lab.aggregate()).partitions).toEqual(['gold_inventory_health/all']);
	});

	test('in a name recomputes the dates that hold the product', async () => {
		await lab.setSilver(week([lamp, { ...ball, name: 'Beach ball' }]));
		expect((await lab.aggregate()).partitions).toEqual([
			'gold_daily_sales/2026-11-02',
			'gold_daily_sales/2026-11-03',
			'gold_inventory_health/all',
		]);
		expect(
			(await lab.gold('daily_sales')).map(({ order_date, product_name }) => `${order_date} ${product_name}`).sort(),
		).toEqual(['2026-11-01 Lamp', '2026-11-02 Beach ball', '2026-11-03 Beach ball', '2026-11-03 Lamp']);
		expect(await lab.plan()).toEqual([]);
	});

	test('in a category also recomputes what follows from it', async () => {
		await lab.setSilver(week([{ ...lamp, category: 'Light' }, ball]));
		expect((await lab.aggregate()).partitions).toEqual([
			'gold_daily_sales/2026-11-01',
			'gold_daily_sales/2026-11-03',
			'gold_category_kpis/2026-11-01',
			'gold_category_kpis/2026-11-03',
			'gold_inventory_health/all',
			'gold_event_funnel/2026-11-01',
			'gold_event_funnel/2026-11-02',
			'gold_event_funnel/2026-11-03',
			'gold_sales_anomalies/2026-11-01',
			'gold_sales_anomalies/2026-11-02',
			'gold_sales_anomalies/2026-11-03',
		]);
	});

	test('by a product that was unknown when somebody viewed it recomputes that date, without reading sales', async () => {
		await lab.setSilver(week([lamp, ball, product('p3', 'Kite', 'Toys')]));
		expect((await lab.listDownloads({ kind: 'all' })).map((key) => key.replace(/v=.*/, ''))).toEqual([
			'gold/daily_sales/order_date=2026-11-01/',
			'gold/daily_sales/order_date=2026-11-02/',
			'gold/daily_sales/order_date=2026-11-03/',
			'gold/event_funnel/event_date=2026-11-02/',
			'internal/product_names/',
			'silver/events/event_date=2026-11-02/',
			'silver/products/',
		]);
		const funnel = await lab.gold('event_funnel');
		expect(funnel.filter(({ product_id }) => product_id === 'p3').map(({ category }) => category)).toEqual(['Toys']);
	});

	test('keeps a former catalogue only as long as some partition was computed with it', async () => {
		await lab.setSilver(week([lamp, { ...ball, name: 'Beach ball' }]));
		const before = await lab.versions('internal_product_names');
		await lab.aggregate({ kind: 'dates', from: '2026-11-01', to: '2026-11-02' });
		const during = await lab.versions('internal_product_names');
		await lab.aggregate();
		const after = await lab.versions('internal_product_names');
		expect([before, during, after].map((one) => Object.keys(one).length)).toEqual([1, 2, 1]);
		expect(Object.keys(after)).not.toEqual(Object.keys(before));
	});
});

/** Records as another release would: of each partition that has a statement's digest, the digest is `digest`. */
async function restateDigests(digest: string | undefined, tables: readonly string[]): Promise<void> {
	await lab.commit(async (snapshot): Promise<Change> => {
		const manifests = await Promise.all(tables.map((name) => snapshot.table(name)));
		const change = (entry: PartitionEntry): PartitionEntry => {
			const { statement, ...others } = entry.inputs ?? {};
			const inputs = statement === undefined || digest === undefined ? others : { ...others, statement: digest };
			return { ...entry, inputs };
		};
		const restated = manifests.map((manifest) => {
			const partitions = Object.entries(manifest.partitions).map(([name, entry]) => [name, change(entry)] as const);
			return [manifest.table, { ...manifest, partitions: Object.fromEntries(partitions) }] as const;
		});
		return { tables: Object.fromEntries(restated) };
	});
}

describe('a release with another statement', () => {
	const gadgetSale = {
		orderid: '7421',
		product_name: 'Laptop',
		quantity: 2,
		price: '10.00',
		event_type: 'INSERT',
		event_time: '2026-11-02T10:00:00.000000Z',
		event_id: 'e1',
		sale_date: '2026-11-02',
	};
	const derived = {
		gold_sales_anomalies: ['2026-11-01', '2026-11-02', '2026-11-03'],
		gold_live_anomalies: ['2026-11-02'],
		gold_customer_value: ['all'],
		gold_inventory_health: ['all'],
	} as const;
	const internals = ['internal_category_first_sale', 'internal_product_first_live_sale'];
	const sales = (change?: (order: Row) => Row) => ({ ...week([lamp, ball], change), gadget_sales: [gadgetSale] });
	beforeEach(async () => {
		await lab.setSilver(sales());
		await lab.aggregate();
	});

	test.each(Object.entries(derived))('recomputes %s, and says why', async (table, partitions) => {
		const rows = () => lab.gold(table.replace('gold_', '') as GoldTableName);
		const before = await rows();
		await restateDigests('another', [table]);
		expect(await lab.plan()).toEqual(
			partitions.map((partition) => ({ table, partition, reason: 'changed: the statement' })),
		);
		expect((await lab.aggregate()).status).toBe('published');
		expect(await rows()).toEqual(before);
		expect(await lab.plan()).toEqual([]);
	});

	test('computes customer_value from all days, not from what the other statement computed', async () => {
		await restateDigests('another', ['gold_customer_value']);
		expect((await lab.listDownloads({ kind: 'all' })).map((key) => key.replace(/v=.*/, ''))).toEqual([
			'gold/customer_daily/order_date=2026-11-01/',
			'gold/customer_daily/order_date=2026-11-02/',
			'gold/customer_daily/order_date=2026-11-03/',
		]);
	});

	test('looks for first sales again on all dates', async () => {
		await restateDigests('another', ['gold_sales_anomalies', 'gold_live_anomalies', ...internals]);
		expect((await lab.listDownloads({ kind: 'all' })).map((key) => key.replace(/v=.*/, ''))).toEqual([
			'gold/category_kpis/order_date=2026-11-01/',
			'gold/category_kpis/order_date=2026-11-02/',
			'gold/category_kpis/order_date=2026-11-03/',
			'silver/gadget_sales/sale_date=2026-11-02/',
		]);
	});

	test('leaves what was computed before statements were recorded as it is, and goes on from it', async () => {
		await restateDigests(undefined, [...Object.keys(derived), ...internals]);
		expect(await lab.plan()).toEqual([]);
		expect((await lab.aggregate()).status).toBe('unchanged');
		await lab.setSilver(sales((one) => (one.order_id === 'o2' ? { ...one, total_amount: '8.00' } : one)));
		// The customers as they were, with the day before and after the change.
		expect((await lab.listDownloads({ kind: 'all' })).filter((key) => key.startsWith('gold/customer'))).toHaveLength(2);
		expect(await lab.gold('customer_value')).toMatchObject([{ user_id: 'ann', orders: 3, revenue: '26.00' }]);
		await restateDigests('another', ['gold_customer_value']);
		expect(await lab.plan()).toMatchObject([{ table: 'gold_customer_value', reason: 'changed: the statement' }]);
	});
});

describe('a scope', () => {
	test('of dates takes these dates only; the others stay stale', async () => {
		await lab.setSilver(week([lamp, ball]));
		const { partitions } = await lab.aggregate({ kind: 'dates', from: '2026-11-02', to: '2026-11-02' });
		expect(partitions).toEqual([
			'gold_daily_sales/2026-11-02',
			'gold_category_kpis/2026-11-02',
			'gold_order_kpis/2026-11-02',
			'gold_customer_daily/2026-11-02',
			'gold_customer_value/all',
			'gold_inventory_health/all',
			'gold_event_funnel/2026-11-02',
			'gold_user_product_interactions/2026-11-02',
			'gold_sales_anomalies/2026-11-02',
		]);
		const dates = new Set((await lab.plan()).map(({ partition }) => partition));
		expect([...dates].sort()).toEqual(['2026-11-01', '2026-11-02', '2026-11-03', 'all']);
		expect((await lab.plan()).filter(({ partition }) => partition === '2026-11-02')).toEqual([
			{
				table: 'gold_sales_anomalies',
				partition: '2026-11-02',
				reason: 'changed: sales of the date or of the 28 days before',
			},
		]);
	});

	test('without any data has nothing to do', async () => {
		await lab.setSilver(week([lamp, ball]));
		expect((await lab.aggregate({ kind: 'dates', from: '2025-01-01', to: '2025-12-31' })).status).toBe('unchanged');
	});

	test('of a batch takes its dates, and the anomalies that follow', async () => {
		await lab.setSilver(week([lamp, ball]));
		await lab.aggregate();
		const changed = week([lamp, ball], (one) => (one.order_id === 'o2' ? one : { ...one, status: 'cancelled' }));
		await lab.setSilver(changed);
		await lab.commit(async (snapshot): Promise<Change> => {
			const labels = { b7: { kept: 1, duplicates: 0, superseded: 0, orphans: 0 } };
			const entry = { version: 'v', files: [], rows: 0, fingerprint: '0' };
			const records: TableManifest = {
				...(await snapshot.table('records_orders')),
				partitions: { '2026-11-01': { ...entry, labels }, '2026-11-02': entry, '2026-11-03': entry },
			};
			return { tables: { records_orders: records } };
		});
		const { partitions } = await lab.aggregate({ kind: 'batch', batch: 'b7' });
		expect(partitions).toEqual([
			'gold_daily_sales/2026-11-01',
			'gold_category_kpis/2026-11-01',
			'gold_order_kpis/2026-11-01',
			'gold_customer_daily/2026-11-01',
			'gold_customer_value/all',
			'gold_inventory_health/all',
			'gold_sales_anomalies/2026-11-01',
			'gold_sales_anomalies/2026-11-02',
			'gold_sales_anomalies/2026-11-03',
		]);
	});
});

test('where another run commits first, unchanged partitions are reused and the rest is recomputed', async () => {
	await lab.setSilver(week([lamp, ball]));
	const later = week([lamp, ball], (one) => (one.order_id === 'o1' ? { ...one, total_amount: '8.00' } : one));
	let interrupted = false;
	const outcome = await lab.aggregate(
		{ kind: 'all' },
		{
			hooks: {
				before: async (operation, key) => {
					if (operation !== 'createText' || !key.startsWith('_heads/') || interrupted) return;
					interrupted = true;
					await lab.setSilver(later);
				},
			},
		},
	);
	expect(outcome).toMatchObject({ status: 'published', head: 3 });
	expect((await lab.gold('order_kpis')).map(({ total_revenue }) => total_revenue)).toEqual(['9.00', '8.00', '9.00']);
	const versions = await lab.versions('gold_order_kpis');
	expect(versions['2026-11-03']).toBe(versions['2026-11-01']);
	expect(versions['2026-11-02']).toBe(`${versions['2026-11-01']}-1`);
	expect(await lab.plan()).toEqual([]);
});

describe('a rebuild', () => {
	test('changes nothing after everything was withdrawn', async () => {
		await lab.setSilver(silver({}));
		expect(await lab.aggregate()).toMatchObject({ status: 'published' });
		expect(await lab.aggregate()).toMatchObject({ status: 'unchanged' });
		expect(await lab.rebuild()).toMatchObject({ status: 'unchanged' });
	});

	beforeEach(async () => {
		await lab.setSilver(week([lamp, ball]));
		await lab.aggregate();
	});

	test.each([undefined, { from: '2026-11-02', to: '2026-11-02' }, { from: '2025-01-01', to: '2025-01-02' }])(
		'of what is right changes nothing (%p)',
		async (interval) => {
			expect(await lab.rebuild(interval)).toMatchObject({ status: 'unchanged', partitions: [] });
			expect((await lab.gold('customer_value')).length).toBe(1);
		},
	);

	test('recomputes what is lost, and leaves nothing stale', async () => {
		await lab.loseFiles('customer_daily', '2026-11-02');
		await lab.loseFiles('customer_value', 'all');
		await lab.loseFiles('category_kpis', '2026-11-03');
		expect((await lab.rebuild()).partitions).toEqual([
			'gold_category_kpis/2026-11-03',
			'gold_customer_daily/2026-11-02',
			'gold_customer_value/all',
		]);
		expect((await lab.gold('customer_daily')).length).toBe(3);
		expect(await lab.plan()).toEqual([]);
	});
});

test('a day after sixty reads what a day after fifty read', async () => {
	const first = '2026-09-01';
	const days = Array.from({ length: 61 }, (_, n) => plusDays(first, n));
	const upTo = (count: number) => {
		const orders = days.slice(0, count).map((date) => order(`o${date}`, date, `u${date}`, '9.00'));
		return silver({
			orders,
			order_items: orders.map((one, n) => ({ ...line(one, 'p1', 1, '9.00'), line_number: n })),
			products: [lamp],
			events: days.slice(0, count).map((date) => ({
				...event('product_view', 'ann', 'p1', `${date}T10:00:00.000000Z`),
				event_id: date,
			})),
		});
	};
	const reads: number[] = [];
	for (const count of [50, 60]) {
		await lab.setSilver(upTo(count));
		await lab.aggregate();
		await lab.setSilver(upTo(count + 1));
		reads.push((await lab.listDownloads({ kind: 'all' })).length);
	}
	// Silver of the day, the catalogue, customer_value as it was, 28 days of category_kpis, 29 of daily_sales
	expect(reads).toEqual([62, 62]);
});
