import { gzipSync } from 'node:zlib';
import { rollback, vacuum } from '../../../../tasks/lake';
import { sealedTag } from '../../../../tasks/lake/layout';
import { ingestBatch } from '../../../../tasks/pipeline/bronze';
import { clean, withdraw } from '../../../../tasks/pipeline/silver';
import { NoInputError } from '../../../../tasks/platform/errors';
import { streamTables } from '../../../../tasks/streams';
import { event, sale } from '../../../support/stream-records';
import { StreamLake } from '../stream-lake';

const orders = 'bronze/live_orders/2026/11/26/11/';
const events = 'bronze/live_events/2026/11/26/11/';

let lab: StreamLake;
beforeEach(() => {
	lab = new StreamLake();
});
const saleIds = async () => (await lab.rows('silver_gadget_sales')).map(({ event_id }) => event_id);

test('delivered objects are sealed into one batch per stream, and none is sealed twice', async () => {
	await lab.deliver(`${orders}a-1`, sale('e1') + sale('e2', { quantity: 1 }));
	await lab.deliver(`${orders}b-2.gz`, gzipSync(sale('e3') + sale('e1')));
	await lab.deliver(`${events}x`, event('v1') + event('v2', { event_type: 'stare' }));
	expect(await lab.seal(undefined, { until: '2026-11-26T12:00:00Z' })).toMatchObject({
		status: 'published',
		received: 6,
		rejected: 1,
		objects: 3,
		batches: [
			{ batch: 'live_events-20261126T12', objects: 1, received: 2, rejected: 1 },
			{ batch: 'live_orders-20261126T12', objects: 2, received: 4, rejected: 0, bronze_objects: 1 },
		],
		waiting: ['live_events-20261126T12', 'live_orders-20261126T12'],
	});
	expect(await lab.clean()).toMatchObject({ status: 'published', received: 6, kept: 4, duplicates: 1, rejected: 1 });
	expect(await lab.rows('silver_gadget_sales')).toEqual([
		{
			event_id: 'e1',
			event_time: '2026-11-26T10:59:30.000000Z',
			event_type: 'INSERT',
			orderid: '7421',
			price: '429.99',
			product_name: 'Laptop',
			quantity: 3,
			sale_date: '2026-11-26',
		},
		expect.objectContaining({ event_id: 'e2', quantity: 1 }),
		expect.objectContaining({ event_id: 'e3' }),
	]);
	expect(await lab.quarantine()).toEqual([
		expect.objectContaining({ batch: 'live_events-20261126T12', file: '2026/11/26/11/x', line: 2, rule: 'enum' }),
	]);
	await expect(lab.seal()).rejects.toThrow(NoInputError);
});

test('no bad record stops the others, neither a NUL nor an impossible offset nor endless nesting', async () => {
	const deep = `{"extra":${'['.repeat(400_000)}${']'.repeat(400_000)},"_line":1,${sale('e9').slice(1)}`;
	const lines = [
		sale('e1'),
		sale('e2', { product_name: 'a\0b' }),
		sale('e3', { event_time: '0001-01-01T00:00:00+14:00' }),
		sale('e4', { event_time: '2026-11-26T10:00:00+15:00' }),
		sale('e5', { orderid: 'x'.repeat(1025) }),
		deep,
		sale('e7', { orderid: 7421.5 }).replace('7421.5', '7421.0'),
	];
	await lab.deliver(`${orders}a-1`, lines.join(''));
	expect(await lab.seal(['live_orders'])).toMatchObject({ received: 7, rejected: 5 });
	await lab.clean();
	expect((await lab.rows('silver_gadget_sales')).map(({ orderid, event_id }) => [orderid, event_id])).toEqual([
		['7421', 'e1'],
		['7421', 'e7'],
	]);
	expect((await lab.quarantine()).map(({ line, rule }) => [line, rule])).toEqual([
		[2, 'type'],
		[3, 'range'],
		[4, 'range'],
		[5, 'range'],
		[6, 'unparsable'],
	]);
});

test('late objects are found, and arrival order is that of last modification', async () => {
	await lab.deliver(`${orders}z`, sale('e1', { quantity: 1 }));
	await lab.deliver(`${orders}a`, sale('e1', { quantity: 2 }));
	const until = '2026-11-26T11:59:00Z';
	expect(await lab.seal(['live_orders'], { until })).toMatchObject({ batch: 'live_orders-20261126T11' });
	// Into the prefix of an hour that was sealed, and of one long before; a copy of what was superseded changes nothing.
	await lab.deliver(`${orders}b`, sale('e2') + sale('e1', { quantity: 1 }));
	await lab.deliver('bronze/live_orders/2026/10/01/00/c', sale('e3'));
	expect(await lab.seal(['live_orders'], { until })).toMatchObject({ batch: 'live_orders-20261126T11-2', objects: 2 });
	await lab.deliver(`${orders}not-yet`, sale('e4'));
	await expect(lab.seal(['live_orders'], { until: '2026-11-26T11:00:00.001Z' })).resolves.toMatchObject({ objects: 0 });
	expect(await lab.clean()).toMatchObject({ kept: 3, superseded: 1, duplicates: 1 });
	expect((await lab.rows('silver_gadget_sales')).map(({ event_id, quantity }) => [event_id, quantity])).toEqual([
		['e1', 2],
		['e2', 3],
		['e3', 3],
	]);
});

test('many small objects become one Bronze object', async () => {
	for (let n = 0; n < 120; n++) await lab.deliver(`${orders}one-${n}`, sale(`e${n}`));
	expect(await lab.seal()).toMatchObject({ objects: 120, received: 120, batches: [{ bronze_objects: 1 }] });
	await lab.clean();
	expect(new Set(await saleIds()).size).toBe(120);
});

test('a live order without a time gets the hour of its delivery, and is otherwise unchanged', async () => {
	const undated = [
		sale('e1', { event_time: '' }),
		sale('e2', { event_time: null }),
		sale('e3', { event_time: '  ', note: 1 }),
		sale('e4', { event_time: undefined }),
		// The number would not survive a double.
		'{"orderid":12345678901234567890,"product_name":"Tablet","quantity":1,"price":1.50,"event_type":"INSERT","nested":{"event_time":"x"}}\n',
		sale('e5', { event_time: '', quantity: 0 }),
	];
	await lab.deliver(`${orders}a`, undated.join(''));
	await lab.deliver(`${events}a`, event('v1', { event_time: '' }));
	expect(await lab.seal()).toMatchObject({ received: 7, rejected: 2 });
	await lab.clean();
	const sales = await lab.rows('silver_gadget_sales');
	expect(new Set(sales.map(({ event_time }) => event_time))).toEqual(new Set(['2026-11-26T11:00:00.000000Z']));
	expect(sales.map(({ orderid }) => orderid)).toContain('12345678901234567890');
	expect(sales).toHaveLength(5);
	expect((await lab.quarantine()).map(({ rule, raw }) => [rule, raw]).sort()).toEqual([
		['missing', event('v1', { event_time: '' }).trim()],
		['range', sale('e5', { event_time: '', quantity: 0 }).trim()],
	]);
});

test('a sale without a time is rejected in a file, which has no hour of delivery', async () => {
	await lab.store.putText('landing/gadget_sales/batch=mine/sales.ndjson', sale('e1') + sale('e2', { event_time: '' }));
	const ingested = await lab.process((context) => ingestBatch(context, { batch: 'mine', maxRejected: 1 }));
	expect(ingested).toMatchObject({
		received: 2,
		datasets: [{ dataset: 'gadget_sales', rejected_by_rule: { missing: 1 } }],
	});
});

describe('unreadable content stops nothing, and is quarantined', () => {
	const cut = (whole: Buffer, end: number) => whole.subarray(0, end);
	const many = Array.from({ length: 4000 }, (_, n) => sale(`m${n}`)).join('');
	const damaged = gzipSync(many);
	damaged[damaged.length >> 1] = (damaged[damaged.length >> 1] ?? 0) ^ 0xff;

	test.each<[string, string | Buffer, { kept: number; line: number; message: string } | { kept: number }]>([
		['nothing', '', { kept: 0 }],
		['blank lines', '\n \n\r\n', { kept: 0 }],
		['lines that end with carriage returns alone', `${sale('e1').trim()}\r\r${sale('e2').trim()}\r`, { kept: 2 }],
		['a byte order mark in the middle', `${sale('e1')}\ufeff${sale('e2')}`, { kept: 2 }],
		['a byte order mark and carriage returns', `\ufeff${sale('e1').replace('\n', '\r\n')}\n${sale('e2')}`, { kept: 2 }],
		['no last end of line', sale('e1') + sale('e2').trim(), { kept: 2 }],
		[
			'a broken line',
			`${sale('e1')}{"orderid":\n${sale('e2')}`,
			{ kept: 2, line: 2, message: 'the line is not a JSON object' },
		],
		[
			'bytes that are no UTF-8',
			Buffer.concat([Buffer.from(sale('e1')), Buffer.from([0xff, 0x0a]), Buffer.from(sale('e2'))]),
			{ kept: 2, line: 2, message: 'the line is not UTF-8' },
		],
		[
			'a line of 3 MiB',
			`${sale('e1')}${'x'.repeat(3 * 1024 ** 2)}\n${sale('e2')}`,
			{ kept: 2, line: 2, message: 'the line has more than 2 MiB' },
		],
		[
			'gzip that is cut off',
			cut(gzipSync(sale('e1') + sale('e2')), 90),
			{ kept: 0, line: 1, message: 'the object can’t be read from here on: its gzip stream has no end' },
		],
	])('%s', async (_, content, expected) => {
		await lab.deliver(`${orders}a-odd`, content);
		await lab.deliver(`${orders}b`, sale('e99'));
		const faults = 'line' in expected ? 1 : 0;
		expect(await lab.seal()).toMatchObject({ objects: 2, received: expected.kept + 1 + faults, rejected: faults });
		expect(await lab.clean()).toMatchObject({ kept: expected.kept + 1, rejected: faults });
		const { line, message } = { line: 0, message: '', ...expected };
		expect(await lab.quarantine()).toEqual(
			faults === 0 ? [] : [expect.objectContaining({ file: '2026/11/26/11/a-odd', line, rule: 'unparsable', message })],
		);
	});

	test.each([
		['cut off', cut(gzipSync(many), gzipSync(many).length >> 1), 'its gzip stream has no end'],
		['damaged', damaged, 'it is not valid gzip'],
	])('the lines before the fault are kept if gzip is %s, the same ones each time', async (_, content, why) => {
		const counts: unknown[] = [];
		for (const again of [new StreamLake(), new StreamLake()]) {
			await again.deliver(`${orders}a`, content);
			await again.seal();
			const { kept, received } = await again.clean();
			expect(Number(kept)).toBeGreaterThan(100);
			const faults = (await again.quarantine()).filter(({ message }) => String(message).includes(why));
			expect(faults).toEqual([
				expect.objectContaining({ file: '2026/11/26/11/a', line: received, rule: 'unparsable' }),
			]);
			counts.push([kept, received]);
		}
		expect(counts[0]).toEqual(counts[1]);
	});
});

test('unrecognised objects are ignored and listed', async () => {
	await lab.deliver('bronze/live_orders/readme.txt', 'hello');
	await lab.deliver('bronze/live_orders/2026/13/01/00/x', sale('e1'));
	await lab.deliver(`${orders}folder/`, '');
	await expect(lab.seal()).rejects.toThrow(NoInputError);
	expect(await lab.seal(['live_orders'], { dryRun: true })).toMatchObject({
		streams: [{ objects: 0, unrecognised: ['bronze/live_orders/2026/13/01/00/x', 'bronze/live_orders/readme.txt'] }],
	});
});

test('a sealed batch that still waits for Silver is not "no input" for the next run', async () => {
	await lab.deliver(`${orders}a`, sale('e1'));
	await lab.seal();
	expect(await lab.seal()).toMatchObject({
		status: 'unchanged',
		objects: 0,
		waiting: [expect.stringMatching('live_orders-')],
	});
	await lab.clean();
	await expect(lab.seal()).rejects.toThrow(NoInputError);
});

test('a result describes one state of the lake, whenever another run commits', async () => {
	const states: string[] = [];
	for (let cleanAt = 1, operations = cleanAt; operations >= cleanAt; cleanAt++) {
		const lab = new StreamLake();
		await lab.deliver(`${orders}a`, sale('e1'));
		let isSealed = false;
		operations = 0;
		const door = lab.store.door({
			before: async (operation) => {
				if (isSealed && ++operations === cleanAt) await lab.clean();
				isSealed ||= operation === 'createText';
			},
		});
		const { head, waiting } = await lab.seal(['live_orders'], { store: door });
		states.push(`head ${head}, ${(waiting as string[]).length} waiting`);
	}
	expect(new Set(states)).toEqual(new Set(['head 1, 1 waiting', 'head 2, 0 waiting']));
});

test('a withdrawn batch stays out, and a rollback does not unseal', async () => {
	await lab.deliver(`${orders}a`, sale('e1'));
	const { batch } = await lab.seal();
	await lab.clean();
	await lab.process((context) => withdraw(context, { batch: batch as string }));
	await expect(lab.seal()).rejects.toThrow(NoInputError);
	expect(await lab.clean()).toMatchObject({ status: 'unchanged' });
	expect(await saleIds()).toEqual([]);

	await lab.process(async (context) => rollback(await context.lake(), context.run, 1, streamTables));
	await expect(lab.seal()).rejects.toThrow(NoInputError);
	await lab.process((context) => clean(context, { batches: [batch as string] }));
	expect(await saleIds()).toEqual(['e1']);
});

test('vacuum deletes no delivered object', async () => {
	await lab.deliver(`${orders}a`, sale('e1'));
	await lab.seal();
	await lab.clean();
	await lab.deliver(`${orders}b`, sale('e2'));
	await lab.store.putText('bronze/gadget_sales/batch=x/v=y/part-00000.ndjson.zst', 'never committed');
	lab.advanceTo('2026-12-20T00:00:00Z');
	const vacuumed = await lab.process(async (context) =>
		vacuum(await context.lake(), context.run, { graceMs: 0, alsoKept: [] }),
	);
	expect(vacuumed.files).toBeGreaterThan(0);
	expect(lab.store.keys('bronze/live_orders/')).toEqual([`${orders}a`, `${orders}b`]);
	expect(lab.store.keys('bronze/gadget_sales/')).toHaveLength(1);
	expect(await lab.seal()).toMatchObject({ objects: 1 });
});

describe('what is sealed is tagged, so that S3 may delete it', () => {
	const tagged = () => lab.store.tagged('bronze/', sealedTag);
	/** A store that fails for the first tags, or for all writes of an object. */
	const failing = (name: string, { key = '', times = Number.POSITIVE_INFINITY } = {}) => {
		let left = times;
		return lab.store.door({
			before: (operation, asked) => {
				if ((key === '' ? operation === 'tag' : asked === key) && left-- > 0) {
					throw Object.assign(new Error('no'), { name });
				}
			},
		});
	};

	test('each object once, and nothing that is not sealed', async () => {
		await lab.deliver(`${orders}a`, sale('e1'));
		await lab.deliver(`${events}x`, event('v1'));
		expect(await lab.seal(undefined, { dryRun: true })).toMatchObject({ status: 'planned' });
		expect(tagged()).toEqual([]);
		expect(await lab.seal()).toMatchObject({ objects: 2, tagged: 2 });
		await lab.deliver(`${orders}b`, sale('e2'));
		expect(tagged()).toEqual([`${events}x`, `${orders}a`]);
		expect(await lab.seal()).toMatchObject({ objects: 1, tagged: expect.any(Number) });
		expect(tagged()).toEqual([`${events}x`, `${orders}a`, `${orders}b`]);
		expect(await lab.seal()).toMatchObject({ status: 'unchanged', tagged: 0 });
	});

	test('an object that was written again after it was sealed, as `forget` does, is tagged again', async () => {
		await lab.deliver(`${orders}a`, sale('e1') + sale('e2'));
		await lab.seal();
		await lab.deliver(`${orders}a`, sale('e1'));
		expect(tagged()).toEqual([]);
		await lab.seal();
		expect(tagged()).toEqual([`${orders}a`]);
	});

	test('an object that is gone before it is tagged is no failure', async () => {
		await lab.deliver(`${orders}a`, sale('e1'));
		await lab.deliver(`${orders}b`, sale('e2'));
		const door = lab.store.door({
			before: async (operation, key) => {
				if (operation === 'tag' && key === `${orders}a`) await lab.store.delete([key]);
			},
		});
		expect(await lab.seal(undefined, { store: door })).toMatchObject({ objects: 2, tagged: 1 });
	});

	test('a throttled request is repeated', async () => {
		await lab.deliver(`${orders}a`, sale('e1'));
		const slow = failing('SlowDown', { times: 2 });
		expect(await lab.seal(undefined, { store: slow })).toMatchObject({ objects: 1, tagged: 1 });
	});

	test.each([
		['a tag is refused', ''],
		['the mark can’t be written', '_hints/sealed-live_orders'],
	])('if %s, the batch is there all the same, and the next seal tags what is left', async (_, key) => {
		await lab.deliver(`${orders}a`, sale('e1'));
		const denied = failing('AccessDenied', { key });
		expect(await lab.seal(undefined, { store: denied })).toMatchObject({ status: 'published', objects: 1 });
		expect(await lab.seal()).toMatchObject({ status: 'unchanged', tagged: 1 });
		expect(tagged()).toEqual([`${orders}a`]);
	});
});
