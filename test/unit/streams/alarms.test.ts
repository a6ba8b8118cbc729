import { raiseAlarms } from '../../../tasks/streams';
import { testContext } from '../../support/context';
import type { MemoryStore } from '../../support/memory-store';
import { sale } from '../../support/stream-records';
import { StreamLake } from './stream-lake';

let lab: StreamLake;
beforeEach(() => {
	lab = new StreamLake('2026-11-26T08:00:00.000Z');
});

let delivered = 0;
/** Seals, cleans and aggregates sales of an hour of 26 November. */
async function sell(hour: number, quantity: number, product_name = 'Laptop'): Promise<void> {
	const event_time = `2026-11-26T${String(hour).padStart(2, '0')}:10:00Z`;
	await lab.deliver(
		`bronze/live_orders/2026/11/26/08/${delivered++}`,
		sale(`e${delivered}`, { quantity, product_name, event_time }),
	);
}
async function load(): Promise<void> {
	await lab.seal();
	await lab.clean();
	await lab.aggregate();
}

/** Raises alarms at an instant; without a topic the message is logged. */
async function raise(
	at: string,
	{ store = lab.store, dates }: { store?: MemoryStore; dates?: { from: string; to: string } } = {},
) {
	const { context, logged, dispose } = testContext({ store, clock: () => new Date(at) });
	try {
		const { alarms } = await raiseAlarms(context, dates);
		return {
			alarms: (alarms as { product: string; direction: string }[]).map((one) => `${one.product} ${one.direction}`),
			logged: [...logged],
		};
	} finally {
		await dispose();
	}
}

const usual = async () => {
	for (let hour = 0; hour < 6; hour++) {
		await sell(hour, 20);
		await sell(hour, 20, 'Phone');
	}
};

test('a spike is sent at once, a drop when its hour is over for certain, and each only once', async () => {
	await usual();
	await sell(6, 100);
	await sell(6, 1, 'Phone');
	await load();
	expect(await raise('2026-11-26T06:30:00Z')).toEqual({
		alarms: ['Laptop spike'],
		logged: [
			expect.stringContaining(
				'Live sales: 1 spike: 2026-11-26 06:00  spike  Laptop: 100 sold, 20.00 expected (80.00 spreads)',
			),
		],
	});
	expect((await raise('2026-11-26T07:14:59Z')).alarms).toEqual([]);
	expect((await raise('2026-11-26T07:15:00Z')).alarms).toEqual(['Phone drop']);
	expect((await raise('2026-11-26T09:00:00Z')).alarms).toEqual([]);

	// More of the same changes the table, but is not sent again.
	await sell(6, 5);
	await load();
	expect((await raise('2026-11-26T09:00:00Z')).alarms).toEqual([]);
});

test('a drop that late sales make up for is never sent', async () => {
	await usual();
	await sell(6, 1, 'Phone');
	await sell(6, 20);
	await load();
	expect((await raise('2026-11-26T06:40:00Z')).alarms).toEqual([]);
	await sell(6, 19, 'Phone');
	await load();
	expect(await raise('2026-11-26T09:00:00Z')).toEqual({ alarms: [], logged: [] });
});

test('a run that dies before it records what it sent is repeated, and only the given dates are checked', async () => {
	await usual();
	await sell(6, 100);
	await load();
	const door = lab.store.door({
		before: (operation) => {
			if (operation === 'createText') throw new Error('killed');
		},
	});
	await expect(raise('2026-11-26T09:00:00Z', { store: door })).rejects.toThrow('killed');
	expect((await raise('2026-11-26T09:00:00Z', { dates: { from: '2026-11-25', to: '2026-11-25' } })).alarms).toEqual([]);
	expect((await raise('2026-11-26T09:00:00Z')).alarms).toEqual(['Laptop spike', 'Phone drop']);
});
