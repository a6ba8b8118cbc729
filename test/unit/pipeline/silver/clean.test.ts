import { rollback } from '../../../../tasks/lake';
import { verifyLake } from '../../../../tasks/operations/verify';
import { clean, withdraw } from '../../../../tasks/pipeline/silver';
import type { MemoryStore } from '../../../support/memory-store';
import { perform } from '../../../support/perform';
import { event, ingestion, line, order, product, type Records, ShopLake } from './shop-lake';

const [first, second, third] = ['2026-11-19', '2026-11-20', '2026-11-21'] as const;

describe('winners', () => {
	test('a later content of a key wins, copies are duplicates, a late redelivery undoes nothing', async () => {
		const lake = new ShopLake();
		await lake.admit({
			[first]: {
				orders: [order('o1', { order_date: first }), order('o1', { order_date: first, total_amount: '10.0' })],
			},
			[third]: { orders: [order('o1', { order_date: first, status: 'returned' })] },
		});
		await lake.admit({ [second]: { orders: [order('o1', { order_date: first }), order('o2')] } });
		expect((await lake.state()).orders).toEqual([
			{ order_id: 'o1', user_id: 'u1', order_date: first, total_amount: '10.00', status: 'returned' },
			{ order_id: 'o2', user_id: 'u1', order_date: second, total_amount: '10.00', status: 'pending' },
		]);
		expect(await lake.labels()).toEqual({
			[`orders ${first}`]: { received: 2, duplicates: 1, superseded: 1 },
			[`orders ${second}`]: { received: 2, kept: 1, duplicates: 1 },
			[`orders ${third}`]: { received: 1, kept: 1 },
		});
	});

	test('of a product the last arrival wins, whatever it holds', async () => {
		const lake = new ShopLake();
		await lake.admit({
			[first]: { products: [product('p1'), product('p1', { name: 'Pencil' }), product('p1'), product('p2')] },
			[second]: { products: [product('p1', { rating: 4.5 })] },
		});
		expect((await lake.state()).products).toEqual([
			{
				product_id: 'p1',
				name: 'Pen',
				category: 'Office',
				price: '5.00',
				rating: 4.5,
				current_stock: null,
				forecasted_demand: null,
			},
			{
				product_id: 'p2',
				name: 'Pen',
				category: 'Office',
				price: '5.00',
				rating: null,
				current_stock: null,
				forecasted_demand: null,
			},
		]);
		expect(await lake.labels()).toEqual({
			[`products ${first}`]: { received: 4, kept: 1, superseded: 3 },
			[`products ${second}`]: { received: 1, kept: 1 },
		});
	});

	test('an event is told by its id and its date', async () => {
		const lake = new ShopLake();
		await lake.admit({
			[third]: {
				events: [
					event('e1', '2026-11-20T23:59:59Z'),
					event('e1', '2026-11-21T00:00:00Z'),
					event('e1', '2026-11-20T12:00:00Z'),
				],
			},
		});
		expect((await lake.state()).events?.map(({ event_id, event_time }) => [event_id, event_time])).toEqual([
			['e1', '2026-11-20T12:00:00.000000Z'],
			['e1', '2026-11-21T00:00:00.000000Z'],
		]);
		expect(await lake.labels()).toEqual({ [`events ${third}`]: { received: 3, kept: 2, superseded: 1 } });
	});
});

describe('lines', () => {
	const kept = (order_id: string, line_number: number | null, order_date: string) => ({
		order_id,
		line_number,
		product_id: 'p1',
		quantity: 2,
		unit_price: '5.00',
		line_amount: '10.00',
		order_date,
	});

	test('wait for their order, then for their product, and join when it comes', async () => {
		const lake = new ShopLake();
		await lake.admit({ [first]: { order_items: [line('o1', 1)] } });
		const item = { order_id: 'o1', line_number: 1, product_id: 'p1', quantity: 2, unit_price: '5.00' };
		expect((await lake.state()).orphans).toEqual([{ ...item, waits_for: 'order', order_date: null }]);
		expect(await lake.labels()).toEqual({ [`order_items ${first}`]: { received: 1, orphans: 1 } });

		await lake.admit({ [second]: { orders: [order('o1')] } });
		expect((await lake.state()).orphans).toEqual([{ ...item, waits_for: 'product', order_date: second }]);

		await lake.admit({ [third]: { products: [product('p1')] } });
		expect(await lake.state()).toMatchObject({ orphans: [], order_items: [kept('o1', 1, second)] });
		expect(await lake.labels()).toMatchObject({ [`order_items ${first}`]: { received: 1, kept: 1 } });

		await lake.withdraw(third);
		expect((await lake.state()).orphans).toEqual([{ ...item, waits_for: 'product', order_date: second }]);
	});

	test('move with their order to another date', async () => {
		const lake = new ShopLake();
		await lake.admit({
			[first]: {
				orders: [order('o1', { order_date: first })],
				order_items: [line('o1', 1)],
				products: [product('p1')],
			},
		});
		await lake.admit({ [second]: { orders: [order('o1', { order_date: second })] } });
		expect((await lake.state()).order_items).toEqual([kept('o1', 1, second)]);
		const partitions = await lake.process(async (context) =>
			Object.keys((await (await (await context.lake()).newest()).table('silver_orders')).partitions),
		);
		expect(partitions).toEqual([second]);
	});

	test('without a number are superseded where any line of the order has one, be it an orphan', async () => {
		const lake = new ShopLake();
		await lake.admit({
			[second]: {
				orders: [order('o1'), order('o2')],
				order_items: [line('o1', null), line('o2', null)],
				products: [product('p1')],
			},
		});
		await lake.admit({ [third]: { order_items: [line('o1', 7, { product_id: 'p9' })] } });
		expect(await lake.state()).toMatchObject({
			order_items: [kept('o2', null, second)],
			orphans: [{ order_id: 'o1', line_number: 7 }],
		});
		expect(await lake.labels()).toMatchObject({
			[`order_items ${second}`]: { received: 2, kept: 1, superseded: 1 },
			[`order_items ${third}`]: { received: 1, orphans: 1 },
		});
	});
});

describe('batches', () => {
	test('a batch that is ingested again replaces what it was once it is cleaned again', async () => {
		const lake = new ShopLake();
		await lake.admit({ [second]: { orders: [order('o1'), order('o2')] } });
		await lake.ingest(second, { orders: [order('o1', { status: 'completed' })] });
		expect((await lake.state()).orders).toHaveLength(2);
		await lake.clean(second);
		expect((await lake.state()).orders).toEqual([
			{ order_id: 'o1', user_id: 'u1', order_date: second, total_amount: '10.00', status: 'completed' },
		]);
	});

	test('a batch without records is admitted like any other', async () => {
		const lake = new ShopLake();
		await lake.process(async (context) => {
			const { ingestFiles } = await import('../bronze/ingest-files');
			await ingestFiles({ 'orders.csv': 'order_id,user_id,order_date,total_amount,status\n' }, {}, lake.store);
			expect(await clean(context, { batches: [second] })).toMatchObject({ status: 'published', received: 0, kept: 0 });
		});
		expect(await lake.labels()).toEqual({ [`orders ${second}`]: {} });
	});

	test('what was never ingested or admitted is named', async () => {
		const lake = new ShopLake();
		await lake.ingest(first, { orders: [order('o1', { order_date: first })] });
		await expect(lake.clean(first, second)).rejects.toThrow(
			"Batch 2026-11-20 has not been ingested. Run 'shoplake ingest --batch 2026-11-20' first.",
		);
		await expect(lake.withdraw(first)).rejects.toThrow(
			'Batch 2026-11-19 is not admitted; there is nothing to withdraw.',
		);
	});

	test('what a withdrawal or a rollback left out comes back only when it is named', async () => {
		const lake = new ShopLake();
		await lake.admit({ [first]: { orders: [order('o1', { order_date: first })] } });
		const head = await lake.head();
		await lake.admit({ [second]: { orders: [order('o2')] } });
		await lake.process(async (context) => rollback(await context.lake(), context.run, head, []));
		await lake.process((context) => withdraw(context, { batch: first }));
		expect((await lake.state()).orders).toEqual([]);

		await lake.process(async (context) => {
			expect(await clean(context, { from: first, to: third })).toMatchObject({ status: 'unchanged' });
		});
		await lake.clean(first, second);
		expect((await lake.state()).orders?.map(({ order_id }) => order_id)).toEqual(['o1', 'o2']);
	});

	test('two ingestions of one batch side by side leave the batch as one of them made it', async () => {
		const lake = new ShopLake();
		const [old, late] = [[order('o1')], [order('o2')]];
		await lake.ingest(second, { orders: old });
		const products = [product('p1')];
		let met = false;
		// Its orders are there already, as they are: but not any more when it comes to its commit.
		const door = lake.store.door({
			before: async (operation) => {
				if (operation !== 'createText' || met) return;
				met = true;
				await lake.ingest(second, { orders: late });
			},
		});
		await perform(door, ingestion(second, { orders: old, products }), '2026-11-21T12:00:00.000Z');
		await lake.clean(second);
		expect((await lake.state()).orders?.map(({ order_id }) => order_id)).toEqual(['o1']);
	});
});

describe('a sum that does not add up stops the publication', () => {
	/** A lake with one ingested batch, of which one stored object is changed by hand. */
	async function tamperedLake(prefix: string, change: (text: string) => string): Promise<ShopLake> {
		const lake = new ShopLake();
		await lake.ingest(second, { orders: [order('o1'), order('o2')] });
		for (const [key, text] of Object.entries(lake.store.contents(prefix))) {
			// As versions before checksums wrote it: with one, the change alone would be found.
			await lake.store.putText(key, change(text.replace(/,"checksum":"\w+"\}$/, '}')));
		}
		return lake;
	}

	test.each([
		['one record more received', '_manifests/ledger/', '"received":2', '"received":3', '3 received, but 2 kept'],
		['one record rejected', '_manifests/ledger/', '"rejected":0', '"rejected":1', '1 rejected + 0 orphans = 3'],
		[
			'a file forgotten',
			'_manifests/batches/',
			/"files":\[.*\],"quarantine"/,
			'"files":[],"quarantine"',
			'2 received, but 0 kept',
		],
	])('%s', async (_, prefix, from, to, message) => {
		const lake = await tamperedLake(prefix, (text) => text.replace(from, to));
		const head = await lake.head();
		await expect(lake.clean(second)).rejects.toThrow(`Batch 2026-11-20 of orders does not add up: `);
		await expect(lake.clean(second)).rejects.toThrow(message);
		expect(await lake.head()).toBe(head);
	});
});

describe('a batch whose Bronze is lost or damaged', () => {
	const records: Records = {
		orders: [order('o1'), order('o2', { total_amount: 'x' })],
		order_items: [line('o1', 1)],
		products: [product('p1')],
	};
	const harms = {
		'its manifests are gone': (store: MemoryStore) =>
			store.delete(store.keys(`_manifests/batches/`).filter(isOfSecond)),
		'its files are gone': (store: MemoryStore) => store.delete(store.keys('bronze/').filter(isOfSecond)),
		'its quarantine is gone': (store: MemoryStore) => store.delete(store.keys('quarantine/').filter(isOfSecond)),
		'a bit of each file is flipped': async (store: MemoryStore) => {
			for (const key of store.keys('bronze/').filter(isOfSecond)) {
				store.damage(key, (bytes) => Buffer.from(bytes.map((byte, at) => (at === 20 ? byte ^ 4 : byte))));
			}
		},
	};
	const isOfSecond = (key: string) => key.includes(second);

	async function harmedLake(harm: keyof typeof harms): Promise<ShopLake> {
		const lake = new ShopLake();
		await lake.admit({ [first]: { products: [product('p1'), product('p2')] }, [second]: records });
		await harms[harm](lake.store);
		return lake;
	}
	const findings = async (lake: ShopLake) =>
		(await lake.process((context) => verifyLake(context, {}))).findings.map(
			({ object, problem }) => `${object} ${problem}`,
		);

	test.each(Object.keys(harms) as (keyof typeof harms)[])(
		'because %s is whole again once it is ingested again',
		async (harm) => {
			const lake = await harmedLake(harm);
			const before = await lake.state();
			expect(await findings(lake)).not.toEqual([]);
			expect(await lake.ingest(second, records)).toBe('published');
			await lake.clean(second);
			expect(await findings(lake)).toEqual([]);
			expect(await lake.state()).toEqual(before);
			expect(await lake.ingest(second, records)).toBe('unchanged');
		},
	);

	test.each(Object.keys(harms) as (keyof typeof harms)[])(
		'because %s is forgotten once it is withdrawn',
		async (harm) => {
			const lake = await harmedLake(harm);
			await lake.withdraw(second);
			// What is left of the batch can be intact: its other datasets are withdrawn, and stay in Bronze.
			expect(await findings(lake)).toEqual([]);
			expect((await lake.state()).orders).toEqual([]);
			expect((await lake.state()).products).toHaveLength(2);
		},
	);

	test('and that was never admitted can be withdrawn too', async () => {
		const lake = new ShopLake();
		await lake.ingest(second, records);
		await harms['its manifests are gone'](lake.store);
		await expect(lake.clean(second)).rejects.toThrow(
			`is missing, though the lake names it. Ingest the batch again from its source ('shoplake ingest --batch ${second} --dataset`,
		);
		await lake.withdraw(second);
		expect(await findings(lake)).toEqual([]);
		await expect(lake.clean(second)).rejects.toThrow(`Batch ${second} has not been ingested.`);
	});
});
