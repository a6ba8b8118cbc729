import fc from 'fast-check';
import { consumeMessages, type Message } from '../../../tasks/market/consume-messages';
import { fileVersion } from '../../../tasks/market/file-version';
import { csv, MemoryBucket, MemoryTable, makeConsumer } from './market-lab';

const second = (number: number) => `2026-11-20T09:31:${String(number).padStart(2, '0')}Z`;
const quote = (at: number, price: number) => `${second(at)},${price},${price},${price},${price},1`;
const start = Date.parse('2026-11-20T09:32:00Z');
const message = (body: string, id = '1'): Message => ({ id, body, receives: 1 });

async function consume(bucket: MemoryBucket, table: MemoryTable, ...bodies: readonly string[]) {
	return consumeMessages(
		makeConsumer(bucket, table),
		bodies.map((body, index) => message(body, String(index))),
	);
}

test('good rows are written, bad ones set aside with line and reason', async () => {
	const [bucket, table] = [new MemoryBucket(), new MemoryTable()];
	const text = csv('A', quote(0, 1), 'yesterday,1,1,1,1,1', quote(1, 2));
	const body = bucket.put('stocks/A b.csv', text, new Date(start));
	for (let time = 0; time < 2; time++) {
		const [taken] = await consume(bucket, table, body);
		expect(taken?.error).toBeUndefined();
		expect(taken?.files).toEqual([
			{
				...{ key: 'stocks/A b.csv', gone: false, repeated: 0, rejected: 1, replaced: 0 },
				...(time === 0 ? { added: 2, superseded: 0 } : { added: 0, superseded: 2 }),
			},
		]);
		expect(table.rows()).toEqual([`A ${second(0)}: 1 1 1 1 1`, `A ${second(1)}: 2 2 2 2 1`]);
		const [report = '', ...others] = bucket.keys('rejected/');
		expect(others).toEqual([]);
		expect(report).toMatch(/^rejected\/stocks\/A b\.csv\/[0-9a-f]{32}\.json$/);
		expect(JSON.parse(bucket.text(report))).toEqual({
			file: 's3://quotes/stocks/A b.csv',
			etag: report.slice(-37, -5),
			rows: [{ line: 3, rule: 'type', message: expect.stringContaining("'yesterday'"), raw: 'A,yesterday,1,1,1,1,1' }],
		});
	}
});

test('a file that can’t be read fails its own message only, and leaves the reason beside it', async () => {
	const [bucket, table] = [new MemoryBucket(), new MemoryTable()];
	const bodies = ['garbage', csv('B', quote(0, 1))].map((text, index) =>
		bucket.put(`stocks/${index}.csv`, text, new Date(start)),
	);
	const taken = await consume(bucket, table, ...bodies);
	expect(taken.map(({ error }) => error?.name)).toEqual(['PoisonFileError', undefined]);
	expect(table.rows()).toHaveLength(1);
	const [report = ''] = bucket.keys('rejected/');
	expect(taken[0]?.error?.message).toBe(
		`s3://quotes/stocks/0.csv can't be read: it is cut off in the middle of line 1, which has no end. Put a good file in its place; the reason is kept in ${report}.`,
	);
	expect(JSON.parse(bucket.text(report))).toMatchObject({
		poison: 'it is cut off in the middle of line 1, which has no end',
		rows: [],
	});
});

test('a deleted file, a deletion and a test of the queue are done at once', async () => {
	const [bucket, table] = [new MemoryBucket(), new MemoryTable()];
	const body = bucket.put('stocks/A.csv', csv('A', quote(0, 1)), new Date(start));
	bucket.purge('stocks/A.csv');
	const taken = await consume(
		bucket,
		table,
		body,
		body.replace('ObjectCreated:Put', 'ObjectRemoved:Delete'),
		'{"Event":"s3:TestEvent"}',
	);
	expect(taken.map(({ error }) => error)).toEqual([undefined, undefined, undefined]);
	expect(taken.map(({ files }) => files.map(({ gone }) => gone))).toEqual([[true], [], []]);
	expect(table.rows()).toEqual([]);
});

test('what is throttled is sent again, and only that', async () => {
	const [bucket, table] = [new MemoryBucket(), new MemoryTable()];
	const body = bucket.put('stocks/A.csv', csv('A', quote(0, 1), quote(1, 1), quote(2, 1)), new Date(start));
	let statements = 0;
	table.fail = () => (statements++ % 2 === 0 && statements < 6 ? 'ProvisionedThroughputExceeded' : undefined);
	const [taken] = await consume(bucket, table, body);
	expect(taken).toMatchObject({ files: [{ added: 3, superseded: 0 }] });
	expect(table.rows()).toHaveLength(3);
	expect({ statements, requests: table.requests }).toEqual({ statements: 6, requests: 3 });
});

test.each([
	['ThrottlingError', 75, /^DynamoDB table StockData still refuses 1 quotes after 9 tries/],
	['ResourceNotFound', 78, /^DynamoDB has no table StockData here\. Deploy the stack/],
	['AccessDenied', 78, /^DynamoDB table StockData may not be written to/],
])('where the table answers %s for good, the message fails and nothing is set aside', async (code, exitCode, text) => {
	const [bucket, table] = [new MemoryBucket(), new MemoryTable()];
	const body = bucket.put('stocks/A.csv', csv('A', quote(0, 1)), new Date(start));
	table.fail = () => code;
	const [taken] = await consume(bucket, table, body);
	expect(taken?.error).toMatchObject({ exitCode, message: expect.stringMatching(text) });
	expect(bucket.keys('rejected/')).toEqual([]);
});

/** A write of a file: which of three files, with which rows, how many half seconds after the one before. */
const write = fc.record({
	file: fc.integer({ min: 0, max: 2 }),
	rows: fc.array(fc.record({ ticker: fc.constantFrom('A', 'B'), at: fc.integer({ min: 0, max: 3 }) }), {
		maxLength: 6,
	}),
	wait: fc.integer({ min: 0, max: 3 }),
});

test('in whatever order, however often and with whatever crashes files are delivered, the table is the same', async () => {
	await fc.assert(
		fc.asyncProperty(fc.array(write, { maxLength: 7 }), fc.infiniteStream(fc.nat()), async (writes, choices) => {
			const choose = (below: number) => (choices.next().value as number) % below;
			const bucket = new MemoryBucket();
			let now = start;
			const deliveries = writes.map(({ file, rows, wait }, price) => {
				now += wait * 500;
				const lines = rows.map(({ ticker, at }) => `${ticker},${quote(at, price)}\n`);
				return bucket.put(`stocks/${file}.csv`, `${csv('A')}${lines.join('')}`, new Date(now));
			});

			const table = new MemoryTable();
			const unordered = deliveries.flatMap((body) => Array.from({ length: 1 + choose(3) }, () => body));
			while (unordered.length > 0) {
				const batch = Array.from(
					{ length: Math.min(unordered.length, 1 + choose(4)) },
					() => unordered.splice(choose(unordered.length), 1)[0] as string,
				);
				// A consumer that dies half way: some statements have been taken, and the messages come again.
				const last = choose(4) === 0 ? choose(10) : Number.POSITIVE_INFINITY;
				let statements = 0;
				table.fail = () => (statements++ < last ? undefined : 'AccessDenied');
				const taken = await consume(bucket, table, ...batch);
				unordered.push(...taken.filter(({ error }) => error).map(({ message }) => message.body));
			}

			expect(table.rows()).toEqual(newestQuotes(writes));
		}),
		{ numRuns: 300 },
	);
});

type Write = typeof write extends fc.Arbitrary<infer T> ? T : never;

/** What the table has to hold, by the words of the rule: of each ticker and second the row of the newest file. */
function newestQuotes(writes: readonly Write[]): string[] {
	let now = start;
	const newest = new Map<string, Version & { price: number }>();
	for (const [price, { file, rows, wait }] of writes.entries()) {
		now += wait * 500;
		const version = { second: Math.floor(now / 1000), file, price };
		for (const { ticker, at } of rows) {
			const key = `${ticker} ${second(at)}`;
			const other = newest.get(key);
			if (!other || isNewer(version, other)) newest.set(key, version);
		}
	}
	return [...newest].map(([key, { price }]) => `${key}: ${price} ${price} ${price} ${price} 1`).sort();
}

interface Version {
	readonly second: number;
	readonly file: number;
}

/** Whether a later write is newer: not where another file was written in the same second, and that one is preferred. */
function isNewer(one: Version, other: Version): boolean {
	if (one.second !== other.second || one.file === other.file) return true;
	const [rank, otherRank] = [one, other].map(({ file }) =>
		fileVersion({ bucket: 'quotes', key: `stocks/${file}.csv`, lastModified: new Date(0), sequencer: '' }),
	) as [string, string];
	return rank > otherRank;
}
