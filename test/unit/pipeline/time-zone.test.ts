import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { generate } from '../../../tasks/generate';
import { lakeFormat, ownFormat, rollback } from '../../../tasks/lake';
import { rebuild, retype } from '../../../tasks/pipeline';
import { exportBatch, ingestBatch } from '../../../tasks/pipeline/bronze';
import { aggregate } from '../../../tasks/pipeline/gold';
import { ConfigurationError, DataRefusedError } from '../../../tasks/platform/errors';
import { noProject } from '../../../tasks/project';
import { readTable, sorted } from '../../support/context';
import { MemoryStore } from '../../support/memory-store';
import { readStoredRecords } from '../../support/stored-records';
import { runs } from '../properties/runs';
import { ingestFiles } from './bronze/ingest-files';
import { event, line, order, product, type Records, ShopLake } from './silver/shop-lake';

const batch = '2026-11-20';

class ZonedLake extends ShopLake {
	constructor(timeZone: string) {
		super();
		this.setTimeZone(timeZone);
	}

	/** All later tasks are those of a process with this setting. */
	setTimeZone(timeZone: string): void {
		this.project = { ...noProject, config: { timeZone } };
	}

	/** The dates of the orders by id. */
	async orderDates(): Promise<Record<string, unknown>> {
		const rows = await this.rows('silver_orders');
		return Object.fromEntries(rows.map(({ order_id, order_date }) => [order_id, order_date]));
	}

	/** The date and the time of the events by id. */
	async eventTimes(): Promise<Record<string, unknown>> {
		const rows = await this.rows('silver_events');
		return Object.fromEntries(rows.map(({ event_id, event_date, event_time }) => [event_id, [event_date, event_time]]));
	}

	newestHead() {
		return this.process(async (context) => (await (await context.lake()).newest()).head);
	}
}

/** A time as a source writes it, its date in the zone, and the instant. */
type Case = readonly [text: string, date: string, instant: string];

const zones: Readonly<Record<string, readonly Case[]>> = {
	'Europe/Berlin': [
		['2026-11-20T22:59:59Z', '2026-11-20', '2026-11-20T22:59:59'],
		['2026-11-20T23:00:00Z', '2026-11-21', '2026-11-20T23:00:00'],
		['2026-11-20T23:30:00Z', '2026-11-21', '2026-11-20T23:30:00'],
		['2026-11-21T00:00:00+01:00', '2026-11-21', '2026-11-20T23:00:00'],
		['2026-11-20 18:30:00-05:00', '2026-11-21', '2026-11-20T23:30:00'],
		// Without an offset it is the zone's time.
		['2026-11-20T23:30:00', '2026-11-20', '2026-11-20T22:30:00'],
		['2026-11-20', '2026-11-20', '2026-11-19T23:00:00'],
		// Clocks go from 2:00 to 3:00, and in autumn back.
		['2026-03-28T23:00:00Z', '2026-03-29', '2026-03-28T23:00:00'],
		['2026-03-29T21:59:59Z', '2026-03-29', '2026-03-29T21:59:59'],
		['2026-03-29T22:00:00Z', '2026-03-30', '2026-03-29T22:00:00'],
		['2026-03-29T02:30', '2026-03-29', '2026-03-29T01:30:00'],
		['2026-10-24T22:00:00Z', '2026-10-25', '2026-10-24T22:00:00'],
		['2026-10-25T22:59:59Z', '2026-10-25', '2026-10-25T22:59:59'],
		['2026-10-25T23:00:00Z', '2026-10-26', '2026-10-25T23:00:00'],
		['2026-10-25T02:30:00', '2026-10-25', '2026-10-25T01:30:00'],
	],
	'America/Los_Angeles': [
		['2026-11-20T07:59:59Z', '2026-11-19', '2026-11-20T07:59:59'],
		['2026-11-20T08:00:00Z', '2026-11-20', '2026-11-20T08:00:00'],
		['2026-11-20T23:59:59-08:00', '2026-11-20', '2026-11-21T07:59:59'],
		['2026-11-20', '2026-11-20', '2026-11-20T08:00:00'],
		['2026-03-08T08:00:00Z', '2026-03-08', '2026-03-08T08:00:00'],
		['2026-03-09T06:59:59Z', '2026-03-08', '2026-03-09T06:59:59'],
		['2026-03-08 02:30:00', '2026-03-08', '2026-03-08T10:30:00'],
		['2026-11-01T06:59:59Z', '2026-10-31', '2026-11-01T06:59:59'],
		['2026-11-02T07:59:59Z', '2026-11-01', '2026-11-02T07:59:59'],
		['2026-11-01 01:30:00', '2026-11-01', '2026-11-01T09:30:00'],
	],
	'Asia/Kathmandu': [
		['2026-11-20T18:14:59.999Z', '2026-11-20', '2026-11-20T18:14:59.999'],
		['2026-11-20T18:15:00Z', '2026-11-21', '2026-11-20T18:15:00'],
		['2026-11-20T23:59:59', '2026-11-20', '2026-11-20T18:14:59'],
		['2026-11-20', '2026-11-20', '2026-11-19T18:15:00'],
	],
};

const micros = (instant: string) => `${instant}${instant.includes('.') ? '000' : '.000000'}Z`;
const orderOf = ([text]: Case, place: number) => order(`o${place}`, { order_date: text });
const eventOf = ([text]: Case, place: number) => event(`e${place}`, text);

describe.each(Object.entries(zones))('in %s', (zone, cases) => {
	it('orders and events are on the dates of their local times, and times stay exact', async () => {
		const lake = new ZonedLake(zone);
		await lake.admit({
			[batch]: { orders: cases.map(orderOf), events: cases.map(eventOf), products: [product('p1')] },
		});
		expect(await lake.orderDates()).toEqual(Object.fromEntries(cases.map(([, date], place) => [`o${place}`, date])));
		expect(await lake.eventTimes()).toEqual(
			Object.fromEntries(cases.map(([, date, instant], place) => [`e${place}`, [date, micros(instant)]])),
		);
		expect(await lake.newestHead()).toMatchObject({ time_zone: zone, format: ownFormat });
		expect(await lake.process(retype)).toEqual([]);
	});

	it('each record comes back byte for byte', async () => {
		const lake = new ZonedLake(zone);
		const spellings = new Map(cases.map((one) => [one[0].replace(/\d/g, '0'), one]));
		// Of each spelling many, so that it is that of the batch: most are then kept as values alone.
		for (const [number, one] of [...spellings.values()].entries()) {
			const many = Array.from({ length: 3 }, () => one);
			const rest = cases.map(([text]): Case => [text, '', '']);
			const records = { orders: [...many, ...rest].map(orderOf), events: [...many, ...rest].map(eventOf) };
			await lake.ingest(`b${number}`, records, '2026-11-21T00:00:00Z');
			expect(await exported(lake, `b${number}`)).toEqual({
				'events-0000.ndjson': records.events.map((record) => `${JSON.stringify(record)}\n`).join(''),
				'orders-0000.ndjson': records.orders.map((record) => `${JSON.stringify(record)}\n`).join(''),
			});
		}
	});
});

test.each([
	['%d.%m.%Y %H:%M', '20.11.2026 23:30', '2026-11-20 23:30:00', '2026-11-20 22:30:00'],
	['%d.%m.%Y %H:%M %z', '20.11.2026 23:30 +0000', '2026-11-21 00:30:00', '2026-11-20 23:30:00'],
	['%d.%m.%Y', '20.11.2026', '2026-11-20 00:00:00', '2026-11-19 23:00:00'],
])('with a mapping’s date format %s the text %s is %s in Berlin', async (date_format, text, local, instant) => {
	const store = new MemoryStore();
	const files = {
		'orders.ndjson': `${JSON.stringify(order('o1', { order_date: text }))}\n`,
		'events.ndjson': `${JSON.stringify(event('e1', text))}\n`,
	};
	const map = { orders: { date_format }, events: { date_format } };
	const { bronze, quarantine } = await ingestFiles(files, { map, timeZone: 'Europe/Berlin' }, store);
	expect(quarantine).toEqual([]);
	expect(bronze.flatMap(({ order_date = [] }) => order_date)).toEqual([local]);
	expect(bronze.flatMap(({ event_time = [] }) => event_time)).toEqual([instant]);
});

async function exported(lake: ShopLake, batch: string): Promise<Record<string, string>> {
	const folder = await mkdtemp(join(tmpdir(), 'shoplake-exported-'));
	try {
		const { files } = await lake.process((context) => exportBatch(context, { batch, out: folder }));
		const paths = (files as { path: string }[]).map(({ path }) => path);
		const texts = await Promise.all(paths.map((path) => readFile(path, 'utf8')));
		return Object.fromEntries(paths.map((path, place) => [path.slice(folder.length + 1), texts[place] ?? '']).sort());
	} finally {
		await rm(folder, { recursive: true });
	}
}

test('records of one spelling are kept as values alone, without their texts', async () => {
	const lake = new ZonedLake('Europe/Berlin');
	const hours = Array.from({ length: 24 }, (_, hour) => `2026-11-20T${String(hour).padStart(2, '0')}:30:00`);
	await lake.ingest(batch, {
		orders: hours.map((time, place) => order(`o${place}`, { order_date: `${time}Z` })),
		events: hours.map((time, place) => event(`e${place}`, time)),
	});
	const records = await lake.process((context) => readStoredRecords(context, lake.store, 'bronze'));
	expect(records).toHaveLength(48);
	expect(records.filter(({ _raw }) => _raw !== null && _raw !== undefined)).toEqual([]);
});

test('an order at half past midnight of Berlin is in Gold’s figures of that day', async () => {
	const lake = new ZonedLake('Europe/Berlin');
	const orders = [order('o1', { order_date: '2026-11-20T23:30:00Z' }), order('o2')];
	await lake.admit({ [batch]: { orders, order_items: [line('o1', 1), line('o2', 1)], products: [product('p1')] } });
	await lake.process((context) => aggregate(context, { kind: 'all' }));
	const days = (await lake.rows('gold_order_kpis')).map(({ order_date, total_orders }) => [order_date, total_orders]);
	expect(days).toEqual([
		['2026-11-20', 1],
		['2026-11-21', 1],
	]);
});

test('a generated day is a day of the zone, also when clocks change', async () => {
	const lake = new ZonedLake('America/Los_Angeles');
	const days = ['2026-03-08', '2026-11-20'];
	for (const date of days) {
		await lake.process((context) => generate(context, { date, records: 40 }));
		await lake.process((context) => ingestBatch(context, { batch: date, maxRejected: 0 }));
	}
	await lake.clean(...days);
	const dates = async (table: string, column: string) => [
		...new Set((await lake.rows(table)).map((row) => String(row[column]))),
	];
	expect((await dates('silver_orders', 'order_date')).sort()).toEqual(days);
	expect((await dates('silver_events', 'event_date')).sort()).toEqual(days);
});

const sale = (event_time: string, quantity = 1) => ({
	...{ orderid: '7421', product_name: 'Laptop', quantity, price: '1.00', event_type: 'INSERT' },
	...{ event_time, event_id: event_time },
});

test('live sales of Kathmandu are counted by hours that begin on the hour there', async () => {
	const lake = new ZonedLake('Asia/Kathmandu');
	const times = ['2026-11-20T17:15:00Z', '2026-11-20T18:00:00Z', '2026-11-20T18:14:59Z', '2026-11-20T18:15:00Z'];
	await lake.admit({ [batch]: { gadget_sales: times.map((time) => sale(time)) } });
	await lake.process((context) => aggregate(context, { kind: 'all' }));
	const hours = (await lake.rows('gold_live_anomalies')).map(({ sale_date, hour, units }) => [sale_date, hour, units]);
	expect(hours.sort()).toEqual([
		['2026-11-20', '2026-11-20T17:15:00.000000Z', 3],
		['2026-11-21', '2026-11-20T18:15:00.000000Z', 1],
	]);
});

test('the 24 hours before include those of the day before a day of 23 hours', async () => {
	const lake = new ZonedLake('Europe/Berlin');
	// 2026-03-29 has 23 hours: 24 hours before the 30th begins is 23:00 of the 28th.
	const hours = Array.from({ length: 25 }, (_, hour) => Date.parse('2026-03-28T22:00:00Z') + hour * 3600_000);
	const sales = hours.map((time, place) =>
		sale(new Date(time).toISOString(), place === 0 ? 1000 : place < 13 ? 10 : 20),
	);
	await lake.admit({ [batch]: { gadget_sales: sales } });
	await lake.process((context) => aggregate(context, { kind: 'all' }));
	const last = (await lake.rows('gold_live_anomalies')).find(({ sale_date }) => sale_date === '2026-03-30');
	// The median of 1000, twelve times 10 and eleven times 20; without the first hour it is 10.
	expect(last).toMatchObject({ hour: '2026-03-29T22:00:00.000000Z', expected: '15.00' });
});

test.each([
	['Asia/Kathmandu', '2026-11-21T18:14:59Z', '2026-11-21T18:15:00Z'],
	['America/Los_Angeles', '2026-11-22T07:59:59Z', '2026-11-22T08:00:00Z'],
])(
	'in %s a time on the day after the batch’s is accepted until %s, and %s is in the future',
	async (zone, last, next) => {
		const lake = new ZonedLake(zone);
		const records = { orders: [order('o1', { order_date: last }), order('o2', { order_date: next })] };
		await lake.ingest(batch, { ...records, events: [event('e1', last), event('e2', next)] });
		const rejected = await lake.process((context) => readStoredRecords(context, lake.store, 'quarantine'));
		expect(rejected.map(({ rule, line: place, message }) => [rule, Number(place), message]).sort()).toEqual([
			['future', 2, `event_time is '${next}', more than a day after the batch’s as-of`],
			['future', 2, `order_date is '${next}', more than a day after the batch’s as-of`],
		]);
	},
);

describe('a process with another time zone than the lake’s', () => {
	const records: Records = { orders: [order('o1', { order_date: '2026-11-20T23:30:00Z' })], products: [product('p1')] };

	it.each([
		['Europe/Berlin', 'UTC'],
		['UTC', 'Europe/Berlin'],
		['Europe/Berlin', 'Asia/Tokyo'],
	])('is refused: lake %s, process %s', async (zone, other) => {
		const lake = new ZonedLake(zone);
		await lake.admit({ [batch]: records });
		const before = lake.store.keys();
		lake.setTimeZone(other);
		const refusal = `A day of this lake is a day in ${zone}, and the time zone of this process is ${other}. Set timeZone in shoplake.config.ts (SHOPLAKE_TIME_ZONE without a project) to '${zone}'. To change the lake instead, run 'shoplake rebuild --retype' with '${other}'.`;
		for (const work of [
			() => lake.ingest('2026-11-21', records),
			() => lake.clean(batch),
			() => lake.withdraw(batch),
			() => lake.process((context) => aggregate(context, { kind: 'all' })),
			() => lake.process((context) => rebuild(context, undefined)),
		]) {
			await expect(work()).rejects.toThrow(ConfigurationError);
			await expect(work()).rejects.toThrow(refusal);
		}
		expect(lake.store.keys()).toEqual(before);
		// Reading needs no zone.
		expect(await lake.orderDates()).toEqual({ o1: zone === 'UTC' ? '2026-11-20' : '2026-11-21' });
	});

	it('changes a lake that has nothing with a date yet, and back', async () => {
		const lake = new ZonedLake('UTC');
		await lake.admit({ [batch]: { products: [product('p1')] } });
		lake.setTimeZone('Europe/Berlin');
		expect(await lake.process(retype)).toEqual([]);
		expect(await lake.newestHead()).toMatchObject({ time_zone: 'Europe/Berlin', format: ownFormat });
		await lake.admit({ '2026-11-21': { orders: records.orders ?? [] } });
		expect(await lake.orderDates()).toEqual({ o1: '2026-11-21' });
		lake.setTimeZone('UTC');
		expect(await lake.process((context) => retype(context, { dryRun: true }))).toEqual(['orders/2026-11-21']);
		expect(await lake.process(retype)).toEqual(['orders/2026-11-21']);
		expect(await lake.orderDates()).toEqual({ o1: '2026-11-20' });
		const head = await lake.newestHead();
		expect(head.format).toBe(lakeFormat);
		expect(head).not.toHaveProperty('time_zone');
	});

	it('does not admit batches that another zone typed, after a rollback to before the change', async () => {
		const lake = new ZonedLake('UTC');
		await lake.admit({ [batch]: records });
		const head = await lake.head();
		lake.setTimeZone('Europe/Berlin');
		await lake.process(retype);
		expect(await lake.orderDates()).toEqual({ o1: '2026-11-21' });
		await lake.process(async (context) => rollback(await context.lake(), context.run, head, []));
		expect(await lake.orderDates()).toEqual({ o1: '2026-11-20' });
		expect(await lake.newestHead()).toMatchObject({ format: lakeFormat });
		await expect(lake.clean(batch)).rejects.toThrow(ConfigurationError);
		lake.setTimeZone('UTC');
		await expect(lake.clean(batch)).rejects.toThrow(DataRefusedError);
		await expect(lake.clean(batch)).rejects.toThrow(
			`Batch ${batch} of orders was typed by the days of Europe/Berlin, and those of the lake are in UTC.`,
		);
		expect(await lake.process(retype)).toEqual([`orders/${batch}`]);
		await lake.clean(batch);
		expect(await lake.orderDates()).toEqual({ o1: '2026-11-20' });
	});
});

const queried = [
	...['silver_orders', 'silver_order_items', 'silver_events', 'silver_gadget_sales', 'silver_products'],
	...['gold_order_kpis', 'gold_daily_sales', 'gold_event_funnel', 'gold_customer_value', 'gold_live_anomalies'],
];

/** What users can query, and what became of the records. */
async function contents(lake: ZonedLake) {
	const rows = await lake.process(async (context) => {
		const tables: Record<string, unknown> = {};
		for (const table of queried) tables[table] = sorted(await readTable(context, table));
		return tables;
	});
	return { rows, accounts: await lake.accounts() };
}

const time = fc
	.tuple(
		fc.constantFrom('2026-03-28', '2026-03-29', '2026-10-25', '2026-11-01', '2026-11-20', '2026-11-21'),
		fc.constantFrom('', 'T00:00:00', 'T01:30:00', ' 02:30:00', 'T07:59:59', 'T18:15:00', 'T23:30:00'),
		fc.constantFrom('', 'Z', 'Z', 'Z', '+05:45', '-08:00', ' +0200'),
	)
	.map(([date, clock, offset]) => (clock === '' ? date : `${date}${clock}${offset}`));
const ids = fc.constantFrom('1', '2', '3', '4');
const records = fc
	.record({
		orders: fc.array(fc.tuple(ids, time), { minLength: 1, maxLength: 6 }),
		events: fc.array(fc.tuple(ids, time), { minLength: 1, maxLength: 6 }),
		sales: fc.array(time, { minLength: 1, maxLength: 6 }),
	})
	.map(
		({ orders, events, sales }): Records => ({
			orders: orders.map(([id, order_date]) => order(`o${id}`, { order_date })),
			order_items: orders.map(([id]) => line(`o${id}`, 1)),
			events: events.map(([id, time]) => event(`e${id}`, time)),
			gadget_sales: sales.map((time) => sale(time)),
			products: [product('p1')],
		}),
	);
const zone = fc.constantFrom('UTC', ...Object.keys(zones));

test('a lake that changed its zone equals one that was loaded in it', async () => {
	await fc.assert(
		fc.asyncProperty(zone, zone, fc.tuple(records, records), fc.boolean(), async (from, to, days, isOneWaiting) => {
			const load = async (lake: ZonedLake) => {
				await lake.ingest('2026-11-20', days[0]);
				await lake.ingest('2026-11-21', days[1]);
				await lake.clean('2026-11-20', ...(isOneWaiting ? [] : ['2026-11-21']));
				await lake.process((context) => aggregate(context, { kind: 'all' }));
			};
			const [changed, loaded] = [new ZonedLake(from), new ZonedLake(to)];
			await load(changed);
			await load(loaded);
			changed.setTimeZone(to);
			const retyped = await changed.process(retype);
			if (from === to) expect(retyped).toEqual([]);
			await changed.process((context) => rebuild(context, undefined));
			expect(await contents(changed)).toEqual(await contents(loaded));
			expect(await changed.process(retype)).toEqual([]);
			if (isOneWaiting) for (const lake of [changed, loaded]) await lake.clean('2026-11-21');
			expect(await changed.rows('silver_orders')).toEqual(await loaded.rows('silver_orders'));
		}),
		{ numRuns: runs(2), endOnFailure: true },
	);
});
