import fc from 'fast-check';
import { datasetByName } from '../../../tasks/filedrop/file-names';
import { decide } from '../../../tasks/filedrop/gate-decision';
import { readDropSettings } from '../../../tasks/filedrop/settings';

const settings = readDropSettings({}, 'lake');
const now = new Date('2026-11-26T12:00:00Z');
const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000);
const counts = (orders: number, order_items: number, products: number) => ({ orders, order_items, products });

test.each([
	['nothing', counts(0, 0, 0), undefined, { kind: 'empty' }],
	['nothing, however long', counts(0, 0, 0), minutesAgo(600), { kind: 'empty' }],
	['enough of each', counts(5, 5, 1), undefined, { kind: 'open', forced: false }],
	['more than enough', counts(9, 7, 2), minutesAgo(600), { kind: 'open', forced: false }],
	['too few for half an hour', counts(1, 0, 0), minutesAgo(30), { kind: 'open', forced: true }],
])('%s', (_, files, missedSince, decision) => {
	expect(decide(files, missedSince, now, settings)).toEqual(decision);
});

test('the gate says what it waits for, since when, and until when', () => {
	expect(decide(counts(3, 5, 0), minutesAgo(29), now, settings)).toEqual({
		kind: 'wait',
		since: minutesAgo(29),
		until: new Date('2026-11-26T12:01:00Z'),
		waitsFor: '2 more orders_*.csv (3 there), 1 more products.csv (0 there)',
	});
	expect(decide(counts(1, 0, 0), undefined, now, settings)).toMatchObject({ kind: 'wait', since: now });
});

test('the gate never opens without files, never waits longer than the limit, and opens at once with enough files', () => {
	const count = fc.integer({ min: 0, max: 7 });
	fc.assert(
		fc.property(count, count, count, fc.option(fc.integer({ min: 0, max: 90 })), (orders, items, products, minutes) => {
			const missed = minutes === null ? undefined : minutesAgo(minutes);
			const decision = decide(counts(orders, items, products), missed, now, settings);
			const enough = orders >= 5 && items >= 5 && products >= 1;
			if (orders + items + products === 0) expect(decision.kind).toBe('empty');
			else if (enough) expect(decision).toEqual({ kind: 'open', forced: false });
			else if ((minutes ?? 0) >= 30) expect(decision).toEqual({ kind: 'open', forced: true });
			else expect(decision.kind).toBe('wait');
		}),
	);
});

test.each([
	['incoming/orders_1.csv', 'orders'],
	['incoming/orders_.csv', 'orders'],
	['incoming/orders_2026-11-20.csv.gz', 'orders'],
	['incoming/order_items_1.csv', 'order_items'],
	['incoming/products.csv', 'products'],
	['incoming/products_1.csv', undefined],
	['incoming/orders.csv', undefined],
	['incoming/orders_1.csv.tmp', undefined],
	['incoming/orders_1.ndjson', undefined],
	['incoming/my_orders_1.csv', undefined],
])('%s holds %s', (key, dataset) => expect(datasetByName(key)).toBe(dataset));

test('the settings are those of the environment', () => {
	expect(settings).toEqual({
		bucket: 'lake',
		prefix: 'incoming/',
		minimum: { orders: 5, order_items: 5, products: 1 },
		forceAfterMs: 1_800_000,
		thresholdKey: 'incoming/threshold_not_met_timestamp.json',
		lockKey: 'incoming/pipeline.lock',
	});
	const env = {
		S3_BUCKET: 'shop',
		S3_PREFIX: '/in/drop',
		MIN_ORDER_FILES: '1',
		MIN_ITEM_FILES: '2',
		MIN_PRODUCT_FILES: '0',
		FORCE_PROCESS_AFTER_MINUTES: '0.5',
		THRESHOLD_MET_TIMESTAMP_KEY: 'in/since.json',
		LOCK_KEY: '',
	};
	expect(readDropSettings(env, 'lake')).toEqual({
		bucket: 'shop',
		prefix: 'in/drop/',
		minimum: { orders: 1, order_items: 2, products: 0 },
		forceAfterMs: 30_000,
		thresholdKey: 'in/since.json',
		lockKey: 'in/drop/pipeline.lock',
	});
	expect(readDropSettings({ MIN_ORDER_FILES: ' ' }, 'lake')).toEqual(settings);
	expect(() => readDropSettings({ MIN_ITEM_FILES: 'five' }, 'lake')).toThrow(/^MIN_ITEM_FILES=five: /);
});

test.each([
	...['1e300', '-1', 'soon'].map((value) => ['FORCE_PROCESS_AFTER_MINUTES', value, 'a number from 0 to 5270400']),
	...['2.5', '-1', 'x'].map((value) => ['MIN_ORDER_FILES', value, 'a whole number from 0 on']),
])('%s=%s is refused by name', (name, value, wanted) => {
	expect(() => readDropSettings({ [String(name)]: value }, 'lake')).toThrow(
		expect.objectContaining({
			message: `${name}=${value}: not ${wanted}. Correct it, or unset it for the default.`,
			exitCode: 78,
		}),
	);
});
