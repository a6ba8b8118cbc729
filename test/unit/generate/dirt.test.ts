import { type DirtKind, expectedLabels } from '../../../tasks/generate';
import { asBatches, type Day, makeDay, removeFolders } from '../../support/generated-days';
import { judge, modelSilver, type Rule, type ShopDataset, shopDatasets } from '../../support/model';

const rules: readonly Rule[] = ['unparsable', 'missing', 'type', 'enum', 'range', 'future'];
const dates = ['2026-11-17', '2026-11-18', '2026-11-19', '2026-11-20'];

describe('injected dirt', () => {
	const days: Day[] = [];
	beforeAll(async () => {
		for (const date of dates) days.push(await makeDay({ date, records: 1000, dirt: 0.02 }));
	});
	afterAll(removeFolders);
	const lastDay = () => days.at(-1) as Day;
	const injected = (day: Day, dataset: ShopDataset, kind: DirtKind) => day.injected[dataset][kind] ?? 0;

	it('has the requested share (a quarter of it in the catalogue), and is deterministic', async () => {
		const again = await makeDay({ date: '2026-11-20', records: 1000, dirt: 0.02 });
		expect(again.lines).toEqual(lastDay().lines);
		expect(again.injected).toEqual(lastDay().injected);
		const share = (dataset: ShopDataset) => {
			const kinds = Object.entries(lastDay().injected[dataset]).filter(
				([kind]) => dataset === 'orders' || kind !== 'late' || dataset === 'events',
			);
			return kinds.reduce((sum, [, n]) => sum + n, 0) / lastDay().records[dataset];
		};
		expect(share('orders')).toBeCloseTo(0.02, 3);
		expect(share('order_items')).toBeCloseTo(0.02, 3);
		expect(share('events')).toBeCloseTo(0.02, 3);
		expect(share('products')).toBeCloseTo(0.005, 3);
	});

	it('is the same in a dataset that is generated alone', async () => {
		for (const dataset of shopDatasets) {
			const alone = await makeDay({ date: '2026-11-20', records: 1000, dirt: 0.02, datasets: [dataset] });
			expect(alone.lines[dataset]).toEqual(lastDay().lines[dataset]);
			expect(alone.injected[dataset]).toEqual(lastDay().injected[dataset]);
		}
	});

	it('has every kind in every dataset that can have it', () => {
		const listKinds = (dataset: ShopDataset) =>
			[...new Set(days.flatMap((day) => Object.keys(day.injected[dataset])))].sort();
		expect(listKinds('orders')).toEqual([
			'change',
			'duplicate',
			'enum',
			'future',
			'late',
			'missing',
			'range',
			'type',
			'unparsable',
		]);
		expect(listKinds('order_items')).toEqual([
			'duplicate',
			'late',
			'missing',
			'range',
			'type',
			'unknown_order',
			'unknown_product',
			'unparsable',
		]);
		expect(listKinds('products')).toEqual(['duplicate', 'missing', 'range', 'type', 'unparsable']);
		expect(listKinds('events')).toEqual([
			'duplicate',
			'enum',
			'future',
			'late',
			'missing',
			'range',
			'type',
			'unknown_product',
			'unparsable',
		]);
	});

	it.each(shopDatasets)('breaks in %s exactly the rules that are reported', (dataset) => {
		for (const day of days) {
			const found: Partial<Record<Rule, number>> = {};
			for (const line of day.lines[dataset]) {
				const judged = judge(dataset, line, `${day.date}T00:00:00.000Z`);
				if ('rule' in judged) found[judged.rule] = (found[judged.rule] ?? 0) + 1;
			}
			for (const rule of rules) expect([rule, found[rule] ?? 0]).toEqual([rule, injected(day, dataset, rule)]);
		}
	});

	it('has the expected labels in a lake with one day', () => {
		for (const day of days) {
			const { labels } = modelSilver(asBatches(day));
			const foretold = expectedLabels(day.records, day.injected);
			for (const { dataset, batch: _, as_of: __, ...found } of labels)
				expect({ dataset, ...found }).toEqual({ dataset, ...foretold[dataset as ShopDataset] });
		}
	});

	it('changes the status of orders that were generated on the days before', () => {
		const { labels } = modelSilver(days.flatMap(asBatches).filter(({ dataset }) => dataset === 'orders'));
		const superseded = labels.filter(({ dataset }) => dataset === 'orders').reduce((sum, of) => sum + of.superseded, 0);
		const changes = days.flatMap((day) =>
			day.lines.orders
				.map((line) => judge('orders', line, `${day.date}T00:00:00.000Z`))
				.flatMap((judged) => ('typed' in judged ? [judged.typed] : []))
				.filter(({ order_date, order_id }) => order_date !== day.date && !/-9\d{7}$/.test(String(order_id))),
		);
		expect(changes).toHaveLength(days.reduce((sum, day) => sum + injected(day, 'orders', 'change'), 0));
		const inLake = changes.filter(({ order_date }) => dates.includes(String(order_date)));
		expect(inLake.length).toBeGreaterThan(5);
		expect(superseded).toBe(inLake.length);
		expect(new Set(changes.map(({ order_id }) => order_id)).size).toBe(changes.length);
		expect(new Set(changes.map(({ status }) => status))).toContain('returned');
	});

	it('adds late orders with their items and the right totals', () => {
		const late = lastDay()
			.lines.orders.filter((line) => /"O2026111[789]-9\d{7}"/.test(line))
			.map((line) => JSON.parse(line) as { order_id: string; total_amount: string });
		expect(late).toHaveLength(injected(lastDay(), 'orders', 'late'));
		for (const { order_id, total_amount } of late) {
			const lines = lastDay()
				.lines.order_items.filter((line) => line.includes(order_id))
				.map((line) => JSON.parse(line));
			const sum = lines.reduce((cents, { quantity, unit_price }) => cents + quantity * Math.round(unit_price * 100), 0);
			expect((sum / 100).toFixed(2)).toBe(total_amount);
		}
	});

	it('adds nothing of dates before the first day of the shop', async () => {
		const first = await makeDay({ date: '2026-11-20', records: 1000, dirt: 0.02, since: '2026-11-20' });
		const { orders, events } = modelSilver(asBatches(first));
		expect(new Set(orders.map(({ order_date }) => order_date))).toEqual(new Set(['2026-11-20']));
		expect(new Set(events.map(({ event_date }) => event_date))).toEqual(new Set(['2026-11-20']));
		expect(first.injected.orders.late).toBeUndefined();
		const second = await makeDay({ date: '2026-11-21', records: 1000, dirt: 0.02, since: '2026-11-20' });
		const earliest = modelSilver(asBatches(second))
			.orders.map(({ order_date }) => String(order_date))
			.sort()[0];
		expect(earliest).toBe('2026-11-20');
	});

	it.each([1, 10, 26, 60, 300])('stays well below 5 % rejected with %d orders and 2 %% dirt', async (records) => {
		for (const date of dates) {
			const day = await makeDay({ date, records, dirt: 0.02 });
			for (const { received, rejected } of Object.values(expectedLabels(day.records, day.injected))) {
				expect(rejected / received).toBeLessThan(0.04);
			}
		}
	});

	it('can be half of all records', async () => {
		const day = await makeDay({ date: '2026-11-20', records: 200, dirt: 0.5 });
		const dirty = shopDatasets
			.filter((name) => name !== 'products')
			.flatMap((name) => Object.values(day.injected[name]));
		const all = day.records.orders + day.records.order_items + day.records.events;
		expect(dirty.reduce((sum, n) => sum + n, 0) / all).toBeCloseTo(0.5, 1);
		const foretold = expectedLabels(day.records, day.injected);
		for (const { dataset, received, rejected } of modelSilver(asBatches(day)).labels) {
			expect({ received, rejected }).toEqual({
				received: foretold[dataset as ShopDataset].received,
				rejected: foretold[dataset as ShopDataset].rejected,
			});
		}
	});
});
