import {
	DynamoDBServiceException,
	ProvisionedThroughputExceededException,
	type PutItemCommand,
	ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb';
import * as fc from 'fast-check';
import type { TaskContext } from '../../../../tasks/context';
import { type ProduceOptions, produceOrders } from '../../../../tasks/streams/live-orders/produce-orders';
import { randomOrder } from '../../../../tasks/streams/live-orders/random-order';
import { testContext } from '../../../support/context';
import { MemoryStore } from '../../../support/memory-store';

const gadgets = ['Laptop', 'Phone', 'Tablet', 'Headphones', 'Charger', 'Smartwatch'];

test('every random order is valid', () => {
	const drawn = fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }));
	fc.assert(
		fc.property(drawn, (numbers) => {
			const order = randomOrder(() => numbers.next().value ?? 0);
			expect(order.orderid).toMatch(/^\d{4}$/);
			expect(gadgets).toContain(order.product_name);
			expect(Number.isInteger(order.quantity) && order.quantity >= 1 && order.quantity <= 10).toBe(true);
			expect(Number.isInteger(order.cents) && order.cents >= 1099 && order.cents <= 99_999).toBe(true);
		}),
	);
});

test('both ends of each range are possible', () => {
	expect(randomOrder(() => 0)).toEqual({ orderid: '0000', product_name: 'Laptop', quantity: 1, cents: 1099 });
	const last = { orderid: '9999', product_name: 'Smartwatch', quantity: 10, cents: 99_999 };
	expect(randomOrder(() => 1 - 2 ** -32)).toEqual(last);
});

/** Produces into a table that answers each put as `answers` says: with an error, or by taking the order. */
async function produce(
	answers: (attempt: number, controller: AbortController) => Error | undefined,
	options: Partial<ProduceOptions> = {},
) {
	const controller = new AbortController();
	const { context, logged, dispose } = testContext({ store: new MemoryStore(), signal: controller.signal });
	const puts: { id: string | undefined; at: number }[] = [];
	const dynamodb = {
		send: async ({ input }: PutItemCommand) => {
			puts.push({ id: input.Item?.orderid?.S, at: performance.now() });
			const error = answers(puts.length, controller);
			if (error) throw error;
			return {};
		},
	};
	const aws = { ...context.aws, dynamodb: async () => dynamodb } as unknown as TaskContext['aws'];
	const run = produceOrders({ ...context, aws }, { table: 'OrderTable', intervalMs: 1, dryRun: false, ...options });
	const outcome = await run.catch((error: unknown) => error as Error);
	await dispose();
	return { outcome, puts, logged };
}

const throttled = () => new ProvisionedThroughputExceededException({ message: 'slow down', $metadata: {} });

test('a throttled order is retried before the next one', async () => {
	// Waits are short with these numbers, and ids differ from order to order.
	let draws = 0;
	const random = () => (draws++ % 89) / 10_000;
	const { outcome, puts, logged } = await produce(
		(attempt) => (attempt === 2 || attempt === 3 ? throttled() : undefined),
		{
			count: 3,
			random,
		},
	);
	expect(outcome).toEqual({ status: 'produced', table: 'OrderTable', orders: 3, throttled: 2 });
	const ids = puts.map(({ id }) => id);
	expect(ids[1]).toBe(ids[2]);
	expect(ids[2]).toBe(ids[3]);
	expect(new Set(ids).size).toBe(3);
	expect(logged.filter((line) => line.includes('is retried: slow down'))).toHaveLength(2);
	expect(logged.filter((line) => /^info: Order \d{4}: \d+ × \w+ at \d+\.\d\d$/.test(line))).toHaveLength(3);
});

test('orders are put at the interval, without a burst after a delay', async () => {
	const { puts } = await produce(
		(attempt) => {
			// The third put takes as long as four intervals.
			for (const until = performance.now() + (attempt === 3 ? 200 : 0); performance.now() < until; );
			return undefined;
		},
		{ count: 6, intervalMs: 50 },
	);
	const between = (from: number, to: number) => (puts[to]?.at ?? 0) - (puts[from]?.at ?? 0);
	// Timers may be a little early by the clock that is read here.
	expect(between(0, 2)).toBeGreaterThan(95);
	// 200 ms, then two intervals: to catch up with the delay would take 200 ms in all.
	expect(between(2, 5)).toBeGreaterThan(290);
});

test.each([
	[
		'a table that is not there',
		new ResourceNotFoundException({ message: 'no', $metadata: {} }),
		78,
		/^DynamoDB has no table OrderTable here/,
	],
	[
		'a refusal',
		new DynamoDBServiceException({ name: 'ValidationException', $fault: 'client', message: 'wrong', $metadata: {} }),
		undefined,
		/^wrong$/,
	],
])('%s ends it at once', async (_, error, exitCode, message) => {
	const { outcome, puts } = await produce(() => error);
	expect(outcome).toMatchObject({ message: expect.stringMatching(message) });
	expect((outcome as { exitCode?: number }).exitCode).toBe(exitCode);
	expect(puts).toHaveLength(1);
});

test('a table that takes nothing for a long time ends it (exit code 75)', async () => {
	const { outcome, puts } = await produce(throttled, { random: () => 0 });
	expect(outcome).toMatchObject({
		exitCode: 75,
		message:
			'DynamoDB table OrderTable has not taken an order in 24 tries (slow down). Run the same command again later.',
	});
	expect(puts).toHaveLength(24);
});

test.each([
	['between two orders', () => undefined, 4],
	['while an order is retried', throttled, 0],
])('a signal %s ends it', async (_, answer, orders) => {
	const { outcome } = await produce(
		(attempt, controller) => {
			if (attempt === 4) controller.abort();
			return answer();
		},
		{ random: () => 0.001 },
	);
	expect(outcome).toMatchObject({ status: 'terminated', orders });
});
