import { type Day, makeDay, readRecords, removeFolders } from '../../support/generated-days';
import { judge } from '../../support/model';

const cents = (amount: unknown) => Math.round(Number(amount) * 100);
const count = <T>(items: readonly T[], fits: (item: T) => boolean) => items.filter(fits).length;

describe('a generated day without dirt', () => {
	let friday: Day;
	beforeAll(async () => {
		friday = await makeDay({ date: '2026-11-20', records: 2000 });
	});
	afterAll(removeFolders);

	it('has the same bytes every time, on every machine', async () => {
		const again = await makeDay({ date: '2026-11-20', records: 2000 });
		expect(again.lines).toEqual(friday.lines);
		expect(friday.lines.orders[0]).toBe(
			'{"order_id":"O20261120-00000000","user_id":"U1076","order_date":"2026-11-20T00:03:22Z","total_amount":"305.95","status":"completed"}',
		);
		expect(friday.lines.order_items[0]).toBe(
			'{"order_id":"O20261120-00000000","line_number":1,"product_id":"P00292","quantity":1,"unit_price":"24.99"}',
		);
	});

	it.each([
		['seed', { date: '2026-11-20', seed: 'another' }],
		['date', { date: '2026-11-21' }],
	])('has other orders with another %s', async (_, options) => {
		const other = await makeDay({ ...options, records: 100 });
		const known = new Set(friday.lines.orders.map((line) => line.replace(/"order_(id|date)":"[^"]*",/g, '')));
		expect(
			count(other.lines.orders, (line) => known.has(line.replace(/"order_(id|date)":"[^"]*",/g, ''))),
		).toBeLessThan(5);
	});

	it('has exactly the requested orders, with 1 to 5 items each, and a catalogue of 600 products', () => {
		expect(friday.records.orders).toBe(2000);
		expect(friday.records.products).toBe(600);
		const lines = new Map<unknown, number[]>();
		for (const { order_id, line_number } of readRecords(friday, 'order_items')) {
			lines.set(order_id, [...(lines.get(order_id) ?? []), Number(line_number)]);
		}
		expect(lines.size).toBe(2000);
		expect([...new Set([...lines.values()].map(String))].sort()).toEqual(['1', '1,2', '1,2,3', '1,2,3,4', '1,2,3,4,5']);
	});

	it('breaks no rule', () => {
		for (const dataset of ['orders', 'order_items', 'products', 'events'] as const) {
			const broken = friday.lines[dataset].filter((line) => 'rule' in judge(dataset, line, '2026-11-20T00:00:00.000Z'));
			expect(broken).toEqual([]);
		}
		expect(friday.injected).toEqual({ orders: {}, order_items: {}, products: {}, events: {} });
	});

	it('has totals that are the sum of the items, all of products in the catalogue', () => {
		const products = new Set(readRecords(friday, 'products').map(({ product_id }) => product_id));
		const totals = new Map<unknown, number>();
		const unknown: unknown[] = [];
		for (const { order_id, product_id, quantity, unit_price } of readRecords(friday, 'order_items')) {
			if (!products.has(product_id as string)) unknown.push(product_id);
			totals.set(order_id, (totals.get(order_id) ?? 0) + Number(quantity) * cents(unit_price));
		}
		const orders = readRecords(friday, 'orders');
		expect(unknown).toEqual([]);
		expect(orders.map(({ order_id }) => totals.get(order_id))).toEqual(
			orders.map(({ total_amount }) => cents(total_amount)),
		);
	});

	it('has most orders completed, and some of every other status', () => {
		const share = (status: string) => count(readRecords(friday, 'orders'), (order) => order.status === status) / 2000;
		expect(share('completed')).toBeCloseTo(0.86, 1);
		for (const status of ['pending', 'returned', 'cancelled']) {
			expect(share(status)).toBeGreaterThan(0.02);
			expect(share(status)).toBeLessThan(0.1);
		}
	});

	it('has popular products and returning customers', async () => {
		const units = new Map<unknown, number>();
		for (const { product_id } of readRecords(friday, 'order_items'))
			units.set(product_id, (units.get(product_id) ?? 0) + 1);
		const sold = [...units.values()].sort((a, b) => b - a);
		const lines = friday.records.order_items;
		expect(sold.slice(0, 60).reduce((sum, n) => sum + n, 0) / lines).toBeGreaterThan(0.35);
		const saturday = await makeDay({ date: '2026-11-21', records: 2000, datasets: ['orders'] });
		const before = new Set(readRecords(friday, 'orders').map(({ user_id }) => user_id));
		expect(count(readRecords(saturday, 'orders'), ({ user_id }) => before.has(user_id as string))).toBeGreaterThan(200);
	});

	it('is quiet at night, and has larger baskets at the weekend', async () => {
		const sunday = await makeDay({ date: '2026-11-22', records: 2000, datasets: ['orders', 'order_items'] });
		const tuesday = await makeDay({ date: '2026-11-24', records: 2000, datasets: ['orders', 'order_items'] });
		const hours = readRecords(tuesday, 'orders').map(({ order_date }) => Number(String(order_date).slice(11, 13)));
		expect(count(hours, (hour) => hour < 6)).toBeLessThan(60);
		expect(count(hours, (hour) => hour >= 18 && hour < 22)).toBeGreaterThan(600);
		expect(sunday.records.order_items / tuesday.records.order_items).toBeGreaterThan(1.1);
	});

	it('has orders in the order of time, by id too', () => {
		const orders = readRecords(friday, 'orders');
		for (const field of ['order_id', 'order_date'] as const) {
			const values = orders.map((order) => order[field] as string);
			expect(values).toEqual([...values].sort());
		}
	});

	it('has UUIDs on request, all different', async () => {
		const random = await makeDay({ date: '2026-11-20', records: 2000, ids: 'random' });
		const ids = readRecords(random, 'orders').map(({ order_id }) => order_id as string);
		expect(new Set(ids).size).toBe(2000);
		for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
		const withoutId = (line: string) => line.replace(/"order_id":"[^"]*"/, '');
		expect(random.lines.orders.map(withoutId)).toEqual(friday.lines.orders.map(withoutId));
	});

	it('has events on its own date only, each purchase after a view of the product in the same visit', () => {
		const events = readRecords(friday, 'events');
		expect(new Set(events.map(({ event_time }) => String(event_time).slice(0, 10)))).toEqual(new Set(['2026-11-20']));
		const visitKey = (event: Record<string, string | number>) => `${event.session_id} ${event.product_id}`;
		const viewed = new Set(events.filter(({ event_type }) => event_type === 'product_view').map(visitKey));
		const purchases = events.filter(({ event_type }) => event_type === 'purchase');
		expect(purchases).toHaveLength(friday.records.order_items);
		expect(purchases.filter((purchase) => !viewed.has(visitKey(purchase)))).toEqual([]);
	});

	it('keeps names, categories and prices from day to day, while stock moves', async () => {
		const later = await makeDay({ date: '2026-11-27', records: 2000, datasets: ['products'] });
		const lasting = (day: Day) => readRecords(day, 'products').map(({ current_stock: _, ...rest }) => rest);
		const stock = (day: Day) => readRecords(day, 'products').map(({ current_stock }) => current_stock);
		expect(lasting(later)).toEqual(lasting(friday));
		expect(stock(later)).not.toEqual(stock(friday));
		expect(stock(friday)).toContain(0);
		expect(stock(friday)).toContain(undefined);
		expect(readRecords(friday, 'products')[0]).toMatchObject({
			product_id: 'P00001',
			name: 'Nordlys Headphones',
			category: 'Electronics',
		});
		expect(new Set(readRecords(friday, 'products').map(({ name }) => name)).size).toBe(600);
	});
});
