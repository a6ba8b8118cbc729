import fc from 'fast-check';
import { sorted } from '../../../support/context';
import { modelGold, type Row, type Silver } from '../../../support/model';
import { runs } from '../../properties/runs';
import { GoldLake } from './gold-lake';
import { silver } from './silver-rows';

let lab: GoldLake;
beforeEach(() => {
	lab = new GoldLake();
});
afterEach(() => lab.dispose());

const start = Date.parse('2026-11-24T00:00:00Z');

/** Units sold, by hours after the start. */
const sale = (hours: number, quantity: number, product_name = 'Laptop', event_type = 'INSERT'): Row => {
	const event_time = new Date(start + hours * 3600_000).toISOString().replace('Z', '000Z');
	return {
		orderid: '7421',
		product_name,
		quantity,
		price: '10.00',
		event_type,
		event_time,
		event_id: `${event_time} ${product_name} ${quantity}`,
		sale_date: event_time.slice(0, 10),
	};
};
const setSales = (gadget_sales: readonly Row[]) => lab.setSilver(silver({ gadget_sales }));
const listRows = async (product: string) =>
	(await lab.gold('live_anomalies'))
		.filter((row) => row.product_name === product)
		.sort((a, b) => (String(a.hour) < String(b.hour) ? -1 : 1));
const hourly = (count: number, quantity: number) => Array.from({ length: count }, (_, hour) => sale(hour, quantity));

test('a spike is 3.5 spreads above the median of the 24 hours before, a drop as many below', async () => {
	const cases = [
		['p1', 10, 14, { expected: '10.00', deviation: '4.00', direction: 'spike' }],
		['p2', 10, 13, { expected: '10.00', deviation: '3.00', direction: 'none' }],
		['p3', 100, 82, { expected: '100.00', deviation: '-3.60', direction: 'drop' }],
		['p4', 100, 83, { expected: '100.00', deviation: '-3.40', direction: 'none' }],
		['p5', 100, 0, { expected: '100.00', deviation: '-20.00', direction: 'drop' }],
	] as const;
	await setSales(
		cases.flatMap(([product, usual, last]) => [
			...Array.from({ length: 24 }, (_, hour) => sale(hour, usual, product)),
			...(last > 0 ? [sale(24.5, last, product)] : []),
		]),
	);
	await lab.aggregate();
	for (const [product, , units, expected] of cases) {
		expect((await listRows(product)).at(-1)).toEqual({
			sale_date: '2026-11-25',
			hour: '2026-11-25T00:00:00.000000Z',
			product_name: product,
			units,
			...expected,
		});
	}
});

test('fewer than 6 hours since the first sale say nothing; an hour without sales is 0, one without any has no row', async () => {
	await setSales([sale(0, 4), sale(3, 4), sale(5, 2), sale(6, 6), sale(5, 1, 'Phone'), sale(40, 1, 'Phone')]);
	await lab.aggregate();
	expect(
		(await listRows('Laptop')).map(({ hour, units, expected, deviation, direction }) => [
			hour,
			units,
			expected,
			deviation,
			direction,
		]),
	).toEqual([
		['2026-11-24T00:00:00.000000Z', 4, null, null, null],
		['2026-11-24T03:00:00.000000Z', 4, '0.00', null, null],
		['2026-11-24T05:00:00.000000Z', 2, '0.00', null, null],
		// Of 4 0 0 4 0 2 the median is 1, and so is that of the distances from it: 5 ÷ 1.4826.
		['2026-11-24T06:00:00.000000Z', 6, '1.00', '3.37', 'none'],
	]);
});

test('every change but a removal is a sale', async () => {
	await setSales([
		sale(0, 1),
		sale(0.1, 2, 'Laptop', 'MODIFY'),
		sale(0.2, 4, 'Laptop', 'UNKNOWN'),
		sale(0.3, 8, 'Laptop', 'REMOVE'),
	]);
	await lab.aggregate();
	expect(await listRows('Laptop')).toEqual([expect.objectContaining({ units: 7 })]);
	await setSales([sale(0.3, 8, 'Laptop', 'REMOVE')]);
	await lab.aggregate();
	expect(await listRows('Laptop')).toEqual([]);
	expect(await lab.aggregate()).toMatchObject({ status: 'unchanged' });
});

test('late sales recompute their date and the next one, and those that a first sale reaches; no other', async () => {
	const usual = [...hourly(24, 5), sale(30, 5), sale(60, 5), sale(100, 5)];
	await setSales(usual);
	await lab.aggregate();
	const before = await lab.versions('gold_live_anomalies');
	expect(Object.keys(before)).toEqual(['2026-11-24', '2026-11-25', '2026-11-26', '2026-11-28']);

	await setSales([...usual, ...hourly(24, 50).map((one) => ({ ...one, event_id: `late ${one.event_id}` }))]);
	expect((await lab.plan()).map(({ partition, reason }) => [partition, reason])).toEqual([
		['2026-11-24', 'changed: live sales of the date or before'],
		['2026-11-25', 'changed: live sales of the date or before'],
	]);
	expect((await lab.aggregate()).partitions).toEqual([
		'gold_live_anomalies/2026-11-24',
		'gold_live_anomalies/2026-11-25',
	]);
	const after = await lab.versions('gold_live_anomalies');
	expect(after['2026-11-26']).toBe(before['2026-11-26']);

	await setSales([sale(60, 5), sale(100, 5)]);
	expect((await lab.aggregate()).partitions).toEqual([
		'gold_live_anomalies/2026-11-24',
		'gold_live_anomalies/2026-11-25',
		'gold_live_anomalies/2026-11-26',
	]);
	expect(Object.keys(await lab.versions('gold_live_anomalies')).sort()).toEqual(['2026-11-26', '2026-11-28']);
});

const noSilver: Silver = {
	orders: [],
	order_items: [],
	products: [],
	events: [],
	gadget_sales: [],
	orphans: [],
	quarantine: [],
	labels: [],
};
const someSales = fc.array(
	fc.record({
		hours: fc.double({ min: 0, max: 75, noNaN: true }),
		quantity: fc.integer({ min: 1, max: 60 }),
		product: fc.constantFrom('Laptop', 'Phone'),
	}),
	{ minLength: 1, maxLength: 60, size: 'max' },
);

test('the anomalies are those of all sales, in any order and number of steps', async () => {
	await fc.assert(
		fc.asyncProperty(fc.array(someSales, { minLength: 1, maxLength: 3 }), fc.nat(2), async (parts, gone) => {
			const fresh = new GoldLake();
			try {
				const steps = [...parts.map((_, n) => parts.slice(0, n + 1)), parts.filter((_, n) => n !== gone)];
				for (const step of steps) {
					const gadget_sales = step.flat().map(({ hours, quantity, product }) => sale(hours, quantity, product));
					await fresh.setSilver(silver({ gadget_sales }));
					await fresh.aggregate();
					expect(await fresh.gold('live_anomalies')).toEqual(
						sorted(modelGold({ ...noSilver, gadget_sales }).live_anomalies),
					);
				}
			} finally {
				await fresh.dispose();
			}
		}),
		{ numRuns: runs(6) },
	);
});
