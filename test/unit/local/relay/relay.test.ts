import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { handler } from '../../../../tasks/lambdas/transform-orders';
import { type PipeRecord, toPipeRecord } from '../../../../tasks/local/relay/pipe-record';
import { type KinesisTarget, kinesisLimits, putChanges } from '../../../../tasks/local/relay/put-changes';
import { relayOrders } from '../../../../tasks/local/relay/relay-orders';
import { readPosition, writePosition } from '../../../../tasks/local/relay/relay-position';
import { testContext } from '../../../support/context';
import { collectLogLines, invocation } from '../../../support/invocation';
import { MemoryStore } from '../../../support/memory-store';

const arn = 'arn:aws:dynamodb:eu-west-1:000000000000:table/OrderTable/stream/2026-11-26T10:00:00.000';

describe('a change of the table', () => {
	const record = {
		eventID: 'f1',
		eventName: 'INSERT',
		eventVersion: '1.1',
		eventSource: 'aws:dynamodb',
		awsRegion: 'eu-west-1',
		dynamodb: {
			ApproximateCreationDateTime: new Date('2026-11-26T10:00:07Z'),
			Keys: { orderid: { S: '7421' } },
			NewImage: {
				orderid: { S: '7421' },
				price: { N: '429.99' },
				photo: { B: new Uint8Array([1, 2, 255]) },
				tags: { L: [{ BS: [new Uint8Array([7])] }, { M: { deep: { BOOL: true } } }] },
			},
			SequenceNumber: '111',
			SizeBytes: 26,
			StreamViewType: 'NEW_AND_OLD_IMAGES',
		},
	} as const;

	test('is what a Pipe puts: DynamoDB’s own JSON, times in epoch seconds, binary values in base64', () => {
		const { partitionKey, data, sequence } = toPipeRecord(record as never, arn);
		expect([partitionKey, sequence]).toEqual(['7421', '111']);
		expect(JSON.parse(Buffer.from(data).toString())).toEqual({
			eventID: 'f1',
			eventName: 'INSERT',
			eventVersion: '1.1',
			eventSource: 'aws:dynamodb',
			awsRegion: 'eu-west-1',
			dynamodb: {
				ApproximateCreationDateTime: 1795687207,
				Keys: { orderid: { S: '7421' } },
				NewImage: {
					orderid: { S: '7421' },
					price: { N: '429.99' },
					photo: { B: 'AQL/' },
					tags: { L: [{ BS: ['Bw=='] }, { M: { deep: { BOOL: true } } }] },
				},
				SequenceNumber: '111',
				SizeBytes: 26,
				StreamViewType: 'NEW_AND_OLD_IMAGES',
			},
			eventSourceARN: arn,
		});
	});

	test('can be transformed', async () => {
		collectLogLines();
		const { data } = toPipeRecord(record as never, arn);
		const { records } = await handler(
			{ records: [{ recordId: 'r', data: Buffer.from(data).toString('base64') }] },
			invocation,
		);
		expect(JSON.parse(Buffer.from(records[0]?.data ?? '', 'base64').toString())).toEqual({
			orderid: '7421',
			price: 429.99,
			photo: 'AQL/',
			tags: [['Bw=='], { deep: true }],
			event_type: 'INSERT',
			event_time: 1795687207,
			event_id: 'f1',
		});
	});
});

describe('putting changes into Kinesis', () => {
	/** A stream that refuses records as `refusals` says, request by request, and keeps what it takes, in order. */
	function standIn(refusals: readonly (readonly boolean[])[]) {
		const taken: { key: string; text: string }[] = [];
		const sizes: number[] = [];
		let request = 0;
		const send = async ({ input }: { input: { Records: { PartitionKey: string; Data: Uint8Array }[] } }) => {
			const refused = refusals[request++] ?? [];
			sizes.push(input.Records.length);
			return {
				Records: input.Records.map(({ PartitionKey, Data }, place) => {
					if (refused[place % Math.max(1, refused.length)]) {
						return { ErrorCode: 'ProvisionedThroughputExceededException', ErrorMessage: 'too fast' };
					}
					taken.push({ key: PartitionKey, text: Buffer.from(Data).toString() });
					return { SequenceNumber: String(taken.length), ShardId: 'shardId-000000000000' };
				}),
			};
		};
		const target: KinesisTarget = {
			kinesis: { send } as never,
			stream: 's',
			random: () => 0,
			signal: new AbortController().signal,
		};
		return { target, taken, sizes };
	}
	const change = (partitionKey: string, text: string): PipeRecord => ({
		partitionKey,
		data: Buffer.from(text),
		sequence: text,
	});

	test('splits batches at 500 records and 5 MiB', async () => {
		const { target, sizes } = standIn([]);
		await putChanges(
			target,
			Array.from({ length: kinesisLimits.recordsOfBatch + 1 }, (_, n) => change('k', String(n))),
		);
		expect(sizes).toEqual([500, 1]);
		const large = standIn([]);
		await putChanges(
			large.target,
			Array.from({ length: 12 }, () => change('k', 'x'.repeat(1024 ** 2 - 1))),
		);
		expect(large.sizes).toEqual([5, 5, 2]);
	});

	test('every change arrives in order whatever is refused, and an order’s last one is its newest state', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 30 }),
				fc.array(fc.array(fc.boolean(), { minLength: 1, maxLength: 7 }), { maxLength: 6 }),
				async (keys, refusals) => {
					const { target, taken } = standIn(refusals);
					expect(
						await putChanges(
							target,
							keys.map((key, n) => change(key, `${key}${n}`)),
						),
					).toBe(true);
					for (const key of new Set(keys)) {
						const sent = keys.flatMap((other, n) => (other === key ? [`${key}${n}`] : []));
						const arrived = taken.filter((one) => one.key === key).map(({ text }) => text);
						// Without copies, by last arrival: the order in which they were sent.
						expect([...new Set(arrived.reverse())].reverse()).toEqual(sent);
					}
				},
			),
		);
	});

	test('a signal ends it, and it returns that not all are taken', async () => {
		const stop = new AbortController();
		const { target } = standIn(Array.from({ length: 100 }, () => [true]));
		const putting = putChanges({ ...target, signal: stop.signal, random: () => 1 }, [change('k', 'one')]);
		stop.abort();
		expect(await putting).toBe(false);
	});
});

describe('the position', () => {
	let folder: string;
	beforeEach(async () => {
		folder = await mkdtemp(join(tmpdir(), 'relay-'));
	});
	afterEach(() => rm(folder, { recursive: true }));

	test('is of one stream; a recreated table starts from the beginning', async () => {
		const path = join(folder, 'position.json');
		expect(await readPosition(path, arn)).toEqual({ format: 1, stream: arn, shards: {} });
		await writePosition(path, { format: 1, stream: arn, shards: { one: '7' } });
		expect(await readPosition(path, arn)).toEqual({ format: 1, stream: arn, shards: { one: '7' } });
		expect(await readPosition(path, 'another')).toEqual({ format: 1, stream: 'another', shards: {} });
		expect((await readFile(path, 'utf8')).endsWith('\n')).toBe(true);
	});

	test('an invalid file is refused, and the message says how to fix it', async () => {
		const path = join(folder, 'position.json');
		await writeFile(path, 'x');
		await expect(readPosition(path, arn)).rejects.toThrow(/is not a position of 'orders relay'. Delete it/);
		await expect(writePosition(join(folder, 'no', 'such'), { format: 1, stream: arn, shards: {} })).rejects.toThrow(
			/can't be written \(ENOENT\)/,
		);
	});
});

test.each([
	['no endpoint, that is AWS', undefined],
	['AWS', 'https://dynamodb.eu-west-1.amazonaws.com'],
	['a host of the internet', 'http://203.0.113.7:4566'],
])('the relay is refused at %s', async (_, endpoint) => {
	const { context } = testContext({ store: new MemoryStore() });
	const relaying = relayOrders(context, {
		table: 'OrderTable',
		stream: 'orders',
		position: 'position.json',
		once: true,
		dryRun: false,
		endpoint,
	});
	await expect(relaying).rejects.toThrow(/on a local AWS only.*LiveOrders=on/s);
});
