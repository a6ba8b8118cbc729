import * as fc from 'fast-check';
import { admit, histories, possible, seasons } from '../support/histories';
import { Admissions, modelGold, modelSilver, rules, type Silver } from '../support/model';

const sample = fc.sample(histories(), { seed: 2026, numRuns: 300 }).map(possible);

/** Silver after each step of a history. */
function listStates(history: ReturnType<typeof possible>): Silver[] {
	const admissions = new Admissions();
	return history.map((step) => {
		const tasks = step.do === 'together' ? [step.second, step.first] : [step];
		for (const task of tasks) admit(admissions, task, '2026-11-21T06:00:00.000Z');
		return modelSilver(admissions.batches());
	});
}
const states = sample.map(listStates);
const last = states.flatMap((ofHistory) => ofHistory.slice(-1));

/** In how many histories something holds from one step to a later one. */
const changes = (holds: (before: Silver, after: Silver) => boolean) =>
	states.filter((ofHistory) => ofHistory.some((after, i) => i > 0 && holds(ofHistory[i - 1] as Silver, after))).length;
const orderDate = (silver: Silver, id: unknown) => silver.orders.find(({ order_id }) => order_id === id)?.order_date;
const isKept = (silver: Silver, line: { order_id?: unknown; product_id?: unknown; line_number?: unknown }) =>
	silver.order_items.some(
		(item) =>
			item.order_id === line.order_id && item.product_id === line.product_id && item.line_number === line.line_number,
	);

describe('random histories', () => {
	test('account for every record after every step', () => {
		for (const { labels } of states.flat()) {
			for (const { received, kept, duplicates, superseded, rejected, orphans } of labels) {
				expect(kept + duplicates + superseded + rejected + orphans).toBe(received);
			}
		}
	});

	test.each(rules)('hold records rejected as %s', (rule) => {
		expect(last.filter(({ quarantine }) => quarantine.some((record) => record.rule === rule)).length).toBeGreaterThan(
			10,
		);
	});

	test.each<[string, (before: Silver, after: Silver) => boolean]>([
		[
			'an order moves to another date',
			(a, b) => b.orders.some(({ order_id, order_date }) => (orderDate(a, order_id) ?? order_date) !== order_date),
		],
		['an order vanishes', (a, b) => a.orders.some(({ order_id }) => orderDate(b, order_id) === undefined)],
		[
			'a product vanishes',
			(a, b) => a.products.some(({ product_id }) => !b.products.some((p) => p.product_id === product_id)),
		],
		[
			'a product changes its category',
			(a, b) =>
				b.products.some((p) => a.products.some((q) => q.product_id === p.product_id && q.category !== p.category)),
		],
		['an orphan joins', (a, b) => a.orphans.some(({ item }) => isKept(b, item))],
		['a kept line becomes an orphan', (a, b) => b.orphans.some(({ item }) => isKept(a, item))],
		[
			'a line with a number supersedes one without',
			(a, b) => a.order_items.some((line) => line.line_number === null && !isKept(b, line)),
		],
		[
			'a date loses its last order',
			(a, b) => a.orders.some(({ order_date }) => !b.orders.some((o) => o.order_date === order_date)),
		],
		[
			'a late batch takes nothing from a newer winner',
			(a, b) =>
				b.labels.some(
					(l) =>
						l.dataset === 'orders' &&
						l.superseded > 0 &&
						!a.labels.some((m) => m.dataset === 'orders' && m.batch === l.batch),
				),
		],
	])('are many in which %s', (_, holds) => {
		expect(changes(holds)).toBeGreaterThan(10);
	});

	test('hold duplicates and superseded records of every dataset, and two tasks side by side', () => {
		for (const dataset of ['orders', 'order_items', 'events', 'gadget_sales'] as const) {
			const with_ = (label: 'duplicates' | 'superseded') =>
				last.filter(({ labels }) => labels.some((l) => l.dataset === dataset && l[label] > 0)).length;
			expect(with_('duplicates')).toBeGreaterThan(10);
			expect(with_('superseded')).toBeGreaterThan(10);
		}
		expect(sample.flat().filter((step) => step.do === 'together').length).toBeGreaterThan(10);
	});

	test('reach gold that says something', () => {
		const gold = last.map(modelGold);
		const some = (holds: (of: (typeof gold)[number]) => boolean) => gold.filter(holds).length;
		expect(some(({ daily_sales }) => daily_sales.length > 1)).toBeGreaterThan(10);
		expect(some(({ order_kpis }) => order_kpis.some((row) => row.total_orders === 0))).toBeGreaterThan(10);
		expect(some(({ sales_anomalies }) => sales_anomalies.some((row) => row.direction === 'spike'))).toBeGreaterThan(10);
		expect(some(({ event_funnel }) => event_funnel.some((row) => row.view_to_cart !== null))).toBeGreaterThan(10);
	});

	test('of a season show spikes, drops and all the states of a stock', () => {
		const gold = fc.sample(seasons, { seed: 2026, numRuns: 100 }).map((season) => {
			const admissions = new Admissions();
			for (const task of [season, { do: 'clean', batches: ['2026-11-21'] } as const]) admit(admissions, task, '');
			return modelGold(modelSilver(admissions.batches()));
		});
		const anomalies = gold.flatMap(({ sales_anomalies }) => sales_anomalies);
		const stocks = gold.flatMap(({ inventory_health }) => inventory_health);

		expect(new Set(anomalies.map(({ direction }) => direction))).toEqual(new Set([null, 'none', 'spike', 'drop']));
		expect(anomalies.filter(({ expected }) => expected !== null && expected !== '0.00').length).toBeGreaterThan(100);
		expect(new Set(stocks.map(({ status }) => status))).toEqual(new Set(['out', 'low', 'ok', 'over']));
	});
});
