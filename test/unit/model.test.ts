import {
	Admissions,
	type AdmittedBatch,
	type DatasetName,
	judge,
	modelGold,
	modelSilver,
	Numeral,
	type SourceRecord,
	type Value,
} from '../support/model';

type Fields = Readonly<Record<string, Value>>;

const batch = (dataset: DatasetName, id: string, records: readonly SourceRecord[], asOf?: string): AdmittedBatch => ({
	dataset,
	batch: id,
	asOf: asOf ?? `${id}T00:00:00.000Z`,
	files: [{ source: 0, path: `${dataset}.ndjson`, records }],
});
const order = (changes: Fields = {}) => ({
	order_id: 'o1',
	user_id: 'u1',
	order_date: '2026-11-20',
	total_amount: '10.00',
	status: 'pending',
	...changes,
});
const item = (changes: Fields = {}) => ({
	order_id: 'o1',
	product_id: 'p1',
	quantity: 1,
	unit_price: '5.00',
	...changes,
});
const product = (changes: Fields = {}) => ({ product_id: 'p1', name: 'Pen', category: 'Office', price: 1, ...changes });
const event = (changes: Fields = {}) => ({
	event_id: 'e1',
	event_type: 'product_view',
	user_id: 'u1',
	product_id: 'p1',
	event_time: '2026-11-20T10:00:00Z',
	...changes,
});
const live = (changes: Fields = {}) => ({
	orderid: '7421',
	product_name: 'Laptop',
	quantity: 1,
	price: '5.00',
	event_type: 'INSERT',
	event_time: '2026-11-20T10:00:00Z',
	...changes,
});
const listLabels = (admitted: readonly AdmittedBatch[]) =>
	Object.fromEntries(
		modelSilver(admitted).labels.map(({ dataset, batch, as_of: _, ...counts }) => [`${dataset} ${batch}`, counts]),
	);
const none = { received: 0, kept: 0, duplicates: 0, superseded: 0, rejected: 0, orphans: 0 };

describe('typing and own rules', () => {
	const noon = '2026-11-20T12:00:00.000Z';

	test.each<[DatasetName, SourceRecord, Fields]>([
		[
			'orders',
			order({ order_id: ' o1 ', total_amount: new Numeral('10.0') }),
			{ order_id: 'o1', total_amount: '10.00' },
		],
		['orders', order({ order_id: 7 }), { order_id: '7' }],
		['orders', order({ order_id: new Numeral('5001.0') }), { order_id: '5001' }],
		['orders', order({ order_id: new Numeral('5.0015e3') }), { order_id: '5001.5' }],
		['orders', order({ order_id: '5001.0' }), { order_id: '5001.0' }],
		['orders', order({ user_id: 'é'.repeat(512) }), { user_id: 'é'.repeat(512) }],
		['orders', order({ order_date: '2026-11-20 23:00:00 -0500' }), { order_date: '2026-11-21' }],
		['orders', order({ order_date: '1970-01-01' }), { order_date: '1970-01-01' }],
		['orders', order({ total_amount: '2.005' }), { total_amount: '2.01' }],
		['orders', order({ total_amount: '-0.004' }), { total_amount: '0.00' }],
		['orders', order({ total_amount: '9999999999.99' }), { total_amount: '9999999999.99' }],
		['orders', order({ order_date: '2026-11-20T23:30:00-02:00' }), { order_date: '2026-11-21' }],
		['order_items', item({ quantity: '3' }), { quantity: 3, line_number: null }],
		[
			'order_items',
			item({ quantity: 2147483647, unit_price: '4656612.87' }),
			{ quantity: 2147483647, unit_price: '4656612.87' },
		],
		['order_items', item({ quantity: new Numeral('3.0'), line_number: '' }), { quantity: 3, line_number: null }],
		['events', event({ event_time: 1795428000 }), { event_time: '2026-11-23T10:00:00.000000Z' }],
		['events', event({ event_time: '1795168800123' }), { event_time: '2026-11-20T10:00:00.123000Z' }],
		['events', event({ event_time: '2026-11-20T12:00:00.5+02:00' }), { event_time: '2026-11-20T10:00:00.500000Z' }],
		['products', product({ rating: '4.50', current_stock: 0 }), { rating: 4.5, current_stock: 0 }],
	])('%s %j is typed', (dataset, record, expected) => {
		expect(judge(dataset, record, '2026-11-23T00:00:00.000Z')).toMatchObject({ typed: expected });
	});

	test.each<[string, DatasetName, SourceRecord]>([
		['unparsable', 'orders', '{"order_id":"o1"'],
		['unparsable', 'orders', '[1]'],
		['missing', 'orders', order({ user_id: '  ' })],
		['missing', 'order_items', item({ quantity: null, unit_price: 'x' })],
		['type', 'order_items', item({ quantity: '1.5' })],
		['type', 'order_items', item({ quantity: 2147483648 })],
		['type', 'products', product({ category: 'a\0b' })],
		['type', 'products', product({ name: 'a\x9bb' })],
		['range', 'products', product({ category: 'é'.repeat(513) })],
		['range', 'orders', order({ order_date: '1970-01-01T00:00:00+00:01' })],
		['range', 'orders', order({ order_date: '2026-11-20T10:00:00+14:01' })],
		['range', 'events', event({ event_time: '0000-01-01' })],
		['type', 'orders', order({ order_date: '2026-02-30', status: 'lost' })],
		['type', 'orders', order({ total_amount: '9999999999.995' })],
		['type', 'order_items', item({ quantity: 2147483647, unit_price: '4656612.88' })],
		['enum', 'orders', order({ status: 'lost', total_amount: -1 })],
		['range', 'orders', order({ total_amount: '-0.005', order_date: '2026-11-22' })],
		['range', 'order_items', item({ quantity: 0 })],
		['range', 'products', product({ rating: 5.1 })],
		['range', 'products', product({ current_stock: -1 })],
		['future', 'orders', order({ order_date: '2026-11-22' })],
		['future', 'events', event({ event_time: '2026-11-22T00:00:00Z' })],
	])('%s: %s %j', (rule, dataset, record) => {
		expect(judge(dataset, record, noon)).toEqual({ rule });
	});

	test('a date one day after the as-of is not in the future', () => {
		expect(judge('orders', order({ order_date: '2026-11-21' }), noon)).toHaveProperty('typed');
	});
});

describe('copies and winners', () => {
	test('a copy in another spelling is a duplicate', () => {
		expect(
			listLabels([
				batch('orders', '2026-11-20', [order({ total_amount: '10.0' }), order({ total_amount: new Numeral('10.00') })]),
			]),
		).toEqual({ 'orders 2026-11-20': { ...none, received: 2, kept: 1, duplicates: 1 } });
	});

	test('a late redelivery does not undo a newer version', () => {
		const admitted = [
			batch('orders', '2026-11-22', [order({ status: 'pending' })]),
			batch('orders', '2026-11-20', [order({ status: 'pending' })]),
			batch('orders', '2026-11-21', [order({ status: 'returned' })]),
		];

		expect(modelSilver(admitted).orders).toMatchObject([{ order_id: 'o1', status: 'returned' }]);
		expect(listLabels(admitted)).toEqual({
			'orders 2026-11-20': { ...none, received: 1, superseded: 1 },
			'orders 2026-11-21': { ...none, received: 1, kept: 1 },
			'orders 2026-11-22': { ...none, received: 1, duplicates: 1 },
		});
	});

	test('with equal as-ofs the bytewise greater batch id wins, then the later file, then the later record', () => {
		const asOf = '2026-11-20T00:00:00.000Z';
		const files = (...paths: string[]) =>
			paths.map((path) => ({ source: 0, path, records: [order({ user_id: path })] }));
		const winner = (...admitted: AdmittedBatch[]) => modelSilver(admitted).orders[0]?.user_id;

		expect(
			winner(
				batch('orders', 'a', [order({ user_id: 'a' })], asOf),
				batch('orders', 'B', [order({ user_id: 'B' })], asOf),
			),
		).toBe('a');
		expect(winner({ dataset: 'orders', batch: 'a', asOf, files: files('9', '10') })).toBe('9');
		expect(winner(batch('orders', 'a', [order({ user_id: '1' }), order({ user_id: '2' })], asOf))).toBe('2');
	});

	test('the last arrival of a product wins, even where it repeats an earlier one', () => {
		const admitted = [
			batch('products', '2026-11-20', [product(), product({ price: 2 })]),
			batch('products', '2026-11-21', [product()]),
		];

		expect(modelSilver(admitted).products).toMatchObject([{ price: '1.00' }]);
		expect(listLabels(admitted)).toEqual({
			'products 2026-11-20': { ...none, received: 2, superseded: 2 },
			'products 2026-11-21': { ...none, received: 1, kept: 1 },
		});
	});

	test('one event id on two dates is two events', () => {
		const admitted = [batch('events', '2026-11-21', [event(), event({ event_time: '2026-11-21T00:00:00Z' })])];

		expect(modelSilver(admitted).events.map(({ event_date }) => event_date)).toEqual(['2026-11-20', '2026-11-21']);
	});

	test('the key of a live sale is its event_id, or its order and time without one, and its date', () => {
		const admitted = [
			batch('gadget_sales', '2026-11-21', [
				live({ event_id: 'e1' }),
				live({ event_id: 'e1', quantity: 2 }),
				live({ event_id: 'e1', event_time: '2026-11-21T00:00:00Z' }),
				live({}),
				live({ quantity: 4 }),
				live({ orderid: '1000' }),
			]),
		];

		expect(
			modelSilver(admitted).gadget_sales.map(({ event_id, orderid, quantity }) => [event_id, orderid, quantity]),
		).toEqual([
			['e1', '7421', 2],
			['e1', '7421', 1],
			[null, '7421', 4],
			[null, '1000', 1],
		]);
		expect(listLabels(admitted)).toMatchObject({ 'gadget_sales 2026-11-21': { received: 6, kept: 4, superseded: 2 } });
	});

	test('a line with a number supersedes the lines of its order without one, even if it is an orphan', () => {
		const admitted = [
			batch('orders', '2026-11-20', [order()]),
			batch('products', '2026-11-20', [product()]),
			batch('order_items', '2026-11-20', [item(), item({ product_id: 'unknown', line_number: 1 })]),
		];

		expect(modelSilver(admitted).order_items).toEqual([]);
		expect(listLabels(admitted)).toMatchObject({
			'order_items 2026-11-20': { ...none, received: 2, superseded: 1, orphans: 1 },
		});
	});

	test('an item waits for its order and its product, and joins when they arrive', () => {
		const items = batch('order_items', '2026-11-20', [item({ quantity: 3 })]);
		const orders = batch('orders', '2026-11-21', [order({ order_date: '2026-11-19' })]);
		const products = batch('products', '2026-11-22', [product()]);

		expect(modelSilver([items]).orphans).toMatchObject([{ waitsForOrder: true, waitsForProduct: true }]);
		expect(modelSilver([items, orders]).orphans).toMatchObject([{ waitsForOrder: false, waitsForProduct: true }]);
		expect(modelSilver([items, orders, products])).toMatchObject({
			orphans: [],
			order_items: [{ line_amount: '15.00', order_date: '2026-11-19' }],
		});
	});
});

describe('gold', () => {
	const goldFrom = (records: Partial<Record<DatasetName, readonly SourceRecord[]>>) =>
		modelGold(
			modelSilver(Object.entries(records).map(([dataset, of]) => batch(dataset as DatasetName, '2026-12-31', of))),
		);

	test('counts the orders that are not cancelled', () => {
		const gold = goldFrom({
			products: [product(), product({ product_id: 'p2', name: 'Ink' })],
			orders: [
				order({ total_amount: '2.00' }),
				order({ order_id: 'o2', user_id: 'u2', total_amount: '2.01', status: 'returned' }),
				order({ order_id: 'o3', status: 'cancelled' }),
				order({ order_id: 'o4', status: 'cancelled', order_date: '2026-11-21' }),
			],
			order_items: [
				item({ line_number: 1, unit_price: '1.00' }),
				item({ line_number: 2, unit_price: '1.00', product_id: 'p2' }),
				item({ order_id: 'o2', unit_price: '0.01' }),
				item({ order_id: 'o3' }),
			],
		});

		expect(gold.daily_sales).toEqual([
			{
				order_date: '2026-11-20',
				category: 'Office',
				product_id: 'p1',
				product_name: 'Pen',
				orders: 2,
				units: 2,
				amount: '1.01',
			},
			{
				order_date: '2026-11-20',
				category: 'Office',
				product_id: 'p2',
				product_name: 'Ink',
				orders: 1,
				units: 1,
				amount: '1.00',
			},
		]);
		expect(gold.category_kpis).toEqual([
			// 2.01 ÷ 2 is a tie.
			{
				order_date: '2026-11-20',
				category: 'Office',
				daily_revenue: '2.01',
				avg_order_value: '1.01',
				avg_return_rate: '50.0000',
			},
		]);
		expect(gold.order_kpis).toEqual([
			{
				order_date: '2026-11-20',
				total_orders: 2,
				total_revenue: '4.01',
				total_items_sold: 3,
				return_rate: '50.0000',
				unique_customers: 2,
			},
			{
				order_date: '2026-11-21',
				total_orders: 0,
				total_revenue: '0.00',
				total_items_sold: 0,
				return_rate: '0.0000',
				unique_customers: 0,
			},
		]);
	});

	test('ranks customers by revenue', () => {
		const orders = Array.from({ length: 11 }, (_, i) =>
			order({ order_id: `o${i}`, user_id: `u${i}`, total_amount: String(Math.max(i, 2)) }),
		);

		const ranks = goldFrom({ orders }).customer_value.map((row) => [row.user_id, row.revenue_rank, row.is_top_decile]);

		expect(ranks.slice(-3)).toEqual([
			['u8', 3, false],
			['u9', 2, true],
			['u10', 1, true],
		]);
		expect(ranks.slice(0, 3)).toEqual([
			['u0', 9, false],
			['u1', 9, false],
			['u2', 9, false],
		]);
	});

	test.each<[number | null, number, string | null, string]>([
		[null, 30, null, 'unknown'],
		[0, 30, '0.0', 'out'],
		[5, 0, null, 'idle'],
		[6, 30, '6.0', 'low'],
		[7, 30, '7.0', 'ok'],
		[60, 30, '60.0', 'ok'],
		[61, 30, '61.0', 'over'],
		[1, 200, '0.2', 'low'],
		[699, 2999, '7.0', 'low'],
	])('stock %j with %i units in 30 days lasts %j days: %s', (stock, units, days, status) => {
		const gold = goldFrom({
			products: [product({ current_stock: stock })],
			orders: [order()],
			order_items: units === 0 ? [] : [item({ quantity: units })],
		});

		expect(gold.inventory_health).toMatchObject([{ units_30d: units, days_of_cover: days, status }]);
	});

	test('counts 7, 28 and 30 calendar days up to the newest order', () => {
		const dates = ['2026-10-21', '2026-10-22', '2026-10-23', '2026-10-24', '2026-11-13', '2026-11-14', '2026-11-20'];

		const gold = goldFrom({
			products: [product()],
			orders: dates.map((order_date) => order({ order_id: order_date, order_date })),
			order_items: dates.map((order_id, i) => item({ order_id, quantity: 10 ** i })),
		});

		expect(gold.inventory_health).toMatchObject([
			{ units_7d: 1_100_000, units_30d: 1_111_110, daily_demand: '37037.0000', forecasted_demand: 277_750 },
		]);
	});

	test('computes the funnel, unknown products included', () => {
		const types = ['product_view', 'product_view', 'product_view', 'add_to_cart', 'remove_from_cart'];

		const gold = goldFrom({
			events: types.map((event_type, i) => event({ event_id: i, event_type, event_time: `2026-11-20T10:00:0${i}Z` })),
		});

		expect(gold.event_funnel).toEqual([
			{
				event_date: '2026-11-20',
				category: '(unknown)',
				product_id: 'p1',
				views: 3,
				carts: 1,
				purchases: 0,
				view_to_cart: '0.3333',
				cart_to_purchase: '0.0000',
			},
		]);
		expect(gold.user_product_interactions).toMatchObject([
			{ user_id: 'u1', views: 3, carts: 1, purchases: 0, last_event_time: '2026-11-20T10:00:04.000000Z' },
		]);
	});

	test('measures a spike against the days before, where a day without sales is 0', () => {
		// From the first sale on 8 days: 10, 12, 11, 10, 0, 12, 14, 13; median 11.5, absolute deviations 0.5 … 11.5, median 1.5.
		const amounts = ['10', '12', '11', '10', null, '12', '14', '13', '21.00'];
		const days = amounts.flatMap((amount, i) => (amount === null ? [] : [{ date: `2026-11-0${i + 1}`, amount }]));

		const { sales_anomalies } = goldFrom({
			products: [product()],
			orders: days.map(({ date }) => order({ order_id: date, order_date: date })),
			order_items: days.map(({ date, amount }) => item({ order_id: date, unit_price: amount })),
		});

		expect(sales_anomalies.map(({ order_date: _, category: __, ...figures }) => figures)).toEqual([
			{ amount: '10.00', expected: null, deviation: null, direction: null },
			{ amount: '12.00', expected: '10.00', deviation: null, direction: null },
			{ amount: '11.00', expected: '11.00', deviation: null, direction: null },
			{ amount: '10.00', expected: '11.00', deviation: null, direction: null },
			{ amount: '12.00', expected: '10.00', deviation: null, direction: null },
			{ amount: '14.00', expected: '10.50', deviation: null, direction: null },
			// The 7 days before: 0, 10, 10, 11, 12, 12, 14; absolute deviations 0, 1, 1, 1, 1, 3, 11.
			{ amount: '13.00', expected: '11.00', deviation: '1.35', direction: 'none' },
			// 9.5 ÷ (1.4826 × 1.5)
			{ amount: '21.00', expected: '11.50', deviation: '4.27', direction: 'spike' },
		]);
	});
});

describe('live anomalies', () => {
	test('compare an hour with the 24 before, from the first sale on, where an hour without sales is 0', () => {
		// Laptops, hour by hour: 4 6 5 – 5 7 30. Phones sold once, in the third hour.
		const units = [4, 6, 5, null, 5, 7, 30];
		const sales = units.flatMap((quantity, hour) =>
			quantity === null ? [] : [live({ quantity, event_id: `e${hour}`, event_time: `2026-11-20T0${hour}:30:00Z` })],
		);
		const phone = live({ product_name: 'Phone', event_id: 'p', event_time: '2026-11-20T02:00:00Z' });
		const removed = live({ event_type: 'REMOVE', quantity: 99, event_id: 'r', event_time: '2026-11-20T03:00:00Z' });
		const { live_anomalies } = modelGold(
			modelSilver([batch('gadget_sales', '2026-11-21', [...sales, phone, removed])]),
		);

		const of = (product: string) =>
			live_anomalies
				.filter(({ product_name }) => product_name === product)
				.map(({ hour, units, expected, deviation, direction }) => [
					String(hour).slice(11, 13),
					units,
					expected,
					deviation,
					direction,
				]);
		expect(of('Laptop')).toEqual([
			['00', 4, null, null, null],
			['01', 6, '4.00', null, null],
			['02', 5, '5.00', null, null],
			['04', 5, '4.50', null, null],
			['05', 7, '5.00', null, null],
			// 0, 4, 5, 5, 6, 7: the distances from 5 are 0, 0, 1, 1, 2, 5; 25 ÷ (1.4826 × 1).
			['06', 30, '5.00', '16.86', 'spike'],
		]);
		expect(of('Phone')).toEqual([
			['02', 1, null, null, null],
			['04', 0, '0.50', null, null],
			['05', 0, '0.00', null, null],
			['06', 0, '0.00', null, null],
		]);
	});
});

describe('admissions', () => {
	const startedAt = '2026-11-25T08:00:00.000Z';
	const files = [{ source: 0, path: 'orders.ndjson', records: [order()] }];
	const asOfs = (admissions: Admissions) => admissions.batches().map(({ batch, asOf }) => [batch, asOf]);

	test('take the as-of of a batch from the option, else its id, else its first ingestion, and keep it', () => {
		const admissions = new Admissions();
		admissions.ingest('orders', 'given', files, { asOf: '2026-11-01T10:00:00.000Z', startedAt });
		admissions.ingest('orders', '2026-11-20', files, { asOf: undefined, startedAt });
		admissions.ingest('orders', 'first', files, { asOf: undefined, startedAt });
		for (const batch of ['given', 'first']) {
			admissions.ingest('orders', batch, files, { asOf: undefined, startedAt: '2026-11-26T08:00:00.000Z' });
		}
		for (const batch of ['given', '2026-11-20', 'first']) admissions.clean(batch);

		expect(asOfs(admissions)).toEqual([
			['given', '2026-11-01T10:00:00.000Z'],
			['2026-11-20', '2026-11-20T00:00:00.000Z'],
			['first', startedAt],
		]);
	});

	test('admit only what was cleaned; a batch can be withdrawn and admitted again', () => {
		const admissions = new Admissions();
		admissions.ingest('orders', '2026-11-20', files, { asOf: undefined, startedAt });
		expect(asOfs(admissions)).toEqual([]);
		admissions.clean('2026-11-20');
		admissions.ingest('orders', '2026-11-20', files, { asOf: startedAt, startedAt });
		expect(asOfs(admissions)).toEqual([['2026-11-20', '2026-11-20T00:00:00.000Z']]);
		admissions.withdraw('2026-11-20');
		expect(asOfs(admissions)).toEqual([]);
		admissions.clean('2026-11-20');
		expect(asOfs(admissions)).toEqual([['2026-11-20', startedAt]]);
	});
});
