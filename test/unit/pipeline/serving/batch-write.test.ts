import {
	type BatchWriteItemCommand,
	type BatchWriteItemCommandOutput,
	ProvisionedThroughputExceededException,
	ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb';
import { type BatchWriter, batchWrite } from '../../../../tasks/pipeline/serving/batch-write';
import type { Write } from '../../../../tasks/pipeline/serving/items';

type Requests = NonNullable<BatchWriteItemCommand['input']['RequestItems']>;

const puts = (count: number): Write[] =>
	Array.from({ length: count }, (_, index) => ({ target: 'order', put: { order_date: { S: String(index) } } }));
const listDates = (requests: Requests | undefined) =>
	(requests?.Orders ?? []).map(({ PutRequest }) => PutRequest?.Item?.order_date?.S ?? '');

/** A DynamoDB that answers as told, and the waits that the writer drew. */
function writerOver(answer: (requests: Requests, call: number) => Partial<BatchWriteItemCommandOutput> | Error) {
	const calls: Requests[] = [];
	const units: number[] = [];
	const drawn: number[] = [];
	const writer: BatchWriter = {
		dynamodb: {
			send: async ({ input }: BatchWriteItemCommand) => {
				const requests = input.RequestItems ?? {};
				const result = answer(requests, calls.length);
				calls.push(structuredClone(requests));
				if (result instanceof Error) throw result;
				return { $metadata: {}, ...result };
			},
		} as BatchWriter['dynamodb'],
		tables: { category: 'Categories', order: 'Orders' },
		consumed: (more) => units.push(more),
		wrote: () => undefined,
		guard: () => undefined,
		random: () => {
			drawn.push(1);
			return 0;
		},
		signal: new AbortController().signal,
	};
	return { writer, calls, units, drawn };
}

it('writes 25 items a request at most, puts and deletions of both tables', async () => {
	const { writer, calls } = writerOver(() => ({}));
	const remove: Write = { target: 'category', remove: { category: { S: 'Toys' }, order_date: { S: 'd' } } };
	await batchWrite(writer, [...puts(26), remove]);
	expect(calls.map(listDates).map(({ length }) => length)).toEqual([25, 1]);
	expect(calls[1]?.Categories).toEqual([
		{ DeleteRequest: { Key: { category: { S: 'Toys' }, order_date: { S: 'd' } } } },
	]);
});

it('sends what came back unprocessed again, and only that', async () => {
	const { writer, calls, units, drawn } = writerOver(({ Orders = [] }, call) => ({
		ConsumedCapacity: [{ CapacityUnits: call === 0 ? 2 : 1 }],
		UnprocessedItems: call === 0 ? { Orders: Orders.slice(2) } : {},
	}));
	await batchWrite(writer, puts(3));
	expect(calls.map(listDates)).toEqual([['0', '1', '2'], ['2']]);
	expect(units).toEqual([2, 1]);
	expect(drawn).toHaveLength(1);
});

it('tries again when it is throttled', async () => {
	const throttled = new ProvisionedThroughputExceededException({ message: 'slow down', $metadata: {} });
	const { writer, calls } = writerOver((_, call) => (call < 3 ? throttled : {}));
	await batchWrite(writer, puts(2));
	expect(calls.map(listDates)).toEqual(Array(4).fill(['0', '1']));
});

it('gives up after 12 tries, to be run again later (exit code 75)', async () => {
	const { writer, calls } = writerOver((requests) => ({ UnprocessedItems: requests }));
	await expect(batchWrite(writer, puts(2))).rejects.toMatchObject({
		message:
			'DynamoDB table Orders still refuses 2 items after 12 tries: its write capacity is used up. Run the same command again later; it takes up where this one stopped.',
		exitCode: 75,
	});
	expect(calls).toHaveLength(12);
});

it('says which table is missing (exit code 78)', async () => {
	const missing = new ResourceNotFoundException({ message: 'no', $metadata: {} });
	const { writer } = writerOver(() => missing);
	await expect(batchWrite(writer, puts(1))).rejects.toMatchObject({
		message: expect.stringContaining('DynamoDB has no table Orders here.'),
		exitCode: 78,
	});
});

it('writes nothing once the guard objects', async () => {
	const { writer, calls } = writerOver(() => ({}));
	const guard = () => {
		throw new Error('too late');
	};
	await expect(batchWrite({ ...writer, guard }, puts(1))).rejects.toThrow('too late');
	expect(calls).toEqual([]);
});

it('has no request under way once it has failed', async () => {
	let underWay = 0;
	const { writer, calls } = writerOver(() => ({}));
	const dynamodb = {
		send: async ({ input }: BatchWriteItemCommand) => {
			calls.push(input.RequestItems ?? {});
			if (calls.length === 1) throw new Error('broken');
			underWay++;
			await new Promise((done) => setTimeout(done, 5));
			underWay--;
			return {};
		},
	} as unknown as BatchWriter['dynamodb'];
	await expect(batchWrite({ ...writer, dynamodb }, puts(250))).rejects.toThrow('broken');
	expect(underWay).toBe(0);
	expect(calls).toHaveLength(4);
});
