import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import type { TaskContext } from '../../../../tasks/context';
import { type SendOptions, sendStream } from '../../../../tasks/streams/send';
import { testContext } from '../../../support/context';
import { MemoryStore } from '../../../support/memory-store';
import { FirehoseError, StandInFirehose, type Weather } from '../../../support/stand-in-firehose';

const fair: Weather = { fails: () => false, happens: () => 'nothing' };

let folder: string;
beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), 'shoplake-send-'));
});
afterEach(() => rm(folder, { recursive: true }));

const write = (name: string, content: string | Buffer) => writeFile(join(folder, name), content);
const checkpointPath = () => join(folder, 'checkpoint.json');
const checkpoint = async () => JSON.parse(await readFile(checkpointPath(), 'utf8'));

/** Sends the events of the test's folder, or as `options` say. */
async function send(
	firehose: StandInFirehose,
	options: Partial<SendOptions> = {},
	signal?: AbortSignal,
	buckets: Readonly<Record<string, MemoryStore>> = {},
) {
	const { context, dispose } = testContext({ store: new MemoryStore(), buckets, ...(signal ? { signal } : {}) });
	const client = async () => firehose.client;
	const aws = { ...context.aws, firehose: client } as TaskContext['aws'];
	try {
		return await sendStream(
			{ ...context, aws },
			{
				streamName: 'firehose-to-s3',
				from: { files: [join(folder, 'events.ndjson')] },
				checkpoint: checkpointPath(),
				dryRun: false,
				...options,
			},
		);
	} finally {
		await dispose();
	}
}

const numbered = (count: number) => Array.from({ length: count }, (_, place) => `{"event_id":"e${place}"}`);

test('each line becomes a record that ends in a newline, without blank lines and the byte order mark', async () => {
	await write('events.ndjson', '\uFEFF{"event_id":"e1"}\n\n  \n{"event_id":"é"}\r\n{"event_id":"e3"}');
	const firehose = new StandInFirehose(fair);
	const outcome = await send(firehose);
	expect(firehose.requests).toEqual([['{"event_id":"e1"}\n', '{"event_id":"é"}\r\n', '{"event_id":"e3"}\n']]);
	expect(outcome).toMatchObject({ status: 'sent', sent: 3, batches: 1, retried: 0, failed: 0, checkpoint: null });
	expect(outcome.bytes_out).toBe(18 + 19 + 18);
	expect(existsSync(checkpointPath())).toBe(false);
});

test('a carriage return alone ends a record too, and a byte order mark between joined files is removed', async () => {
	await write('events.ndjson', '{"n":1}\r{"n":2}\n\uFEFF{"n":3}\r\n{"n":4}\r');
	const firehose = new StandInFirehose(fair);
	await send(firehose);
	expect(firehose.requests).toEqual([['{"n":1}\n', '{"n":2}\n', '{"n":3}\r\n', '{"n":4}\n']]);
});

test('files of a folder follow each other by name, plain or gzip, and share batches', async () => {
	await write('b.jsonl.gz', gzipSync('{"n":2}\n{"n":3}\n'));
	await write('a.json', '{"n":1}\n');
	await write('notes.txt', 'no records\n');
	const firehose = new StandInFirehose(fair);
	await send(firehose, { from: { files: [folder] } });
	expect(firehose.requests).toEqual([['{"n":1}\n', '{"n":2}\n', '{"n":3}\n']]);
});

test('objects under an S3 prefix are a source; an empty prefix and Parquet are refused', async () => {
	const shop = new MemoryStore();
	await shop.putText('clicks/2026/b.ndjson', '{"n":2}\n');
	await shop.putText('clicks/2026/a.ndjson', '{"n":1}\n');
	await shop.putText('clicks/_later.ndjson', '{"n":3}\n');
	const firehose = new StandInFirehose(fair);
	const from = (source: string) => send(firehose, { from: { files: [source] } }, undefined, { shop });
	await from('s3://shop/clicks/');
	expect(firehose.taken).toEqual(['{"n":1}\n', '{"n":2}\n']);
	await expect(from('s3://shop/none/')).rejects.toMatchObject({ exitCode: 66 });
	await write('events.parquet', '');
	await expect(from(join(folder, 'events.parquet'))).rejects.toMatchObject({
		exitCode: 64,
		message: expect.stringContaining('events.parquet: only NDJSON is sent to a stream'),
	});
});

test('lines that span chunks of a source are sent whole', async () => {
	const long = (place: number) => `{"event_id":"${place}","text":"${'é'.repeat(100_000)}"}\n`;
	await write('events.ndjson', Array.from({ length: 40 }, (_, place) => long(place)).join(''));
	const firehose = new StandInFirehose(fair);
	await send(firehose);
	expect(firehose.taken).toEqual(Array.from({ length: 40 }, (_, place) => long(place)));
});

test('a record of 1,000 KiB is sent; a longer one is refused by line number, and the run resumes once it is removed', async () => {
	const longest = `"${'x'.repeat(1_024_000 - 3)}"\n`;
	await write('events.ndjson', `"first"\n${longest}"${'x'.repeat(1_024_000 - 2)}"\n"last"\n`);
	const firehose = new StandInFirehose(fair);
	await expect(send(firehose)).rejects.toMatchObject({
		exitCode: 65,
		message: `${join(folder, 'events.ndjson')}:3 is longer than 1000 KiB, the limit for a Firehose record. Shorten the record or remove its line, then run the same command again: it resumes after what has been sent.`,
	});
	await write('events.ndjson', `"first"\n${longest}"last"\n`);
	await send(firehose);
	expect(new Set(firehose.taken)).toEqual(new Set(['"first"\n', longest, '"last"\n']));
});

test.each<[string, (text: Buffer) => Buffer, string]>([
	['cut off', (text) => text.subarray(0, -9), 'is cut off: its gzip stream has no end'],
	['no gzip', () => Buffer.from('{"n":1}\n'), 'is not valid gzip (incorrect header check)'],
])('a gzip file that is %s is refused by name', async (_, corrupt, what) => {
	await write('events.json.gz', corrupt(gzipSync(numbered(10).join('\n'))));
	const from = { files: [join(folder, 'events.json.gz')] };
	await expect(send(new StandInFirehose(fair), { from })).rejects.toMatchObject({
		exitCode: 65,
		message: expect.stringContaining(`events.json.gz ${what}`),
	});
});

test('whatever fails, every record is delivered, only failed records are retried, and first sends keep their order', async () => {
	const weathers = fc.record({
		records: fc.integer({ min: 1, max: 2600 }),
		failing: fc.constantFrom(0, 0.05, 0.5),
		seed: fc.integer(),
		happenings: fc.array(fc.constantFrom('nothing', 'nothing', 'nothing', 'throttled', 'lost', 'broken'), {
			maxLength: 30,
		}),
	});
	await fc.assert(
		fc.asyncProperty(weathers, async ({ records, failing, seed, happenings }) => {
			const lines = numbered(records).map((line) => `${line}\n`);
			await write('events.ndjson', lines.join(''));
			let state = seed;
			const queue = [...happenings] as ReturnType<Weather['happens']>[];
			const firehose = new StandInFirehose({
				fails: () => {
					state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
					return state / 2 ** 32 < failing;
				},
				happens: () => queue.shift() ?? 'nothing',
			});
			const outcome = await quick(() => send(firehose));

			expect(outcome).toMatchObject({ status: 'sent', sent: records, failed: 0 });
			expect([...new Set(firehose.taken)].sort()).toEqual([...lines].sort());
			const first = [...new Set(firehose.requests.flat())];
			expect(first).toEqual(lines);
			const requested = firehose.requests.flat().length;
			expect(outcome.retried).toBe(requested - records);
			// A record is taken twice only where the answer to its request was lost.
			if (!happenings.includes('lost')) expect(firehose.taken).toHaveLength(records);
		}),
		{ numRuns: 60 },
	);
});

/** Runs without waits between retries. */
async function quick<T>(work: () => Promise<T>): Promise<T> {
	const random = jest.spyOn(Math, 'random').mockReturnValue(0);
	try {
		return await work();
	} finally {
		random.mockRestore();
	}
}

test('a stream that takes nothing fails the run (exit code 75), and the checkpoint is after what was taken', async () => {
	await write('events.ndjson', numbered(1200).join('\n'));
	let requests = 0;
	const firehose = new StandInFirehose({
		...fair,
		happens: () => (++requests > 1 ? 'throttled' : 'nothing'),
	});
	await expect(quick(() => send(firehose))).rejects.toMatchObject({
		exitCode: 75,
		message: expect.stringMatching(
			/^Delivery stream firehose-to-s3 still refuses (500|200) records after 30 consecutive tries \(ServiceUnavailableException: Slow down\.\)/,
		),
	});
	expect((await checkpoint()).lines).toEqual({ [join(folder, 'events.ndjson')]: 500 });
});

test.each([
	['ResourceNotFoundException', 78, /^Firehose has no delivery stream firehose-to-s3 here/],
	['InvalidArgumentException', undefined, /^InvalidArgumentException$/],
])('%s is not retried', async (name, exitCode, message) => {
	await write('events.ndjson', '{}\n');
	const firehose = new StandInFirehose({
		...fair,
		happens: () => {
			throw new FirehoseError(name, 400);
		},
	});
	const error = await send(firehose).catch((thrown) => thrown);
	expect(error.exitCode).toBe(exitCode);
	expect(error.message).toMatch(message);
	expect(firehose.requests).toHaveLength(1);
});

test('a run that is stopped anywhere and resumed delivers every record, and exactly once if no response is lost', async () => {
	await fc.assert(
		fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 5 }), async (stops) => {
			await rm(checkpointPath(), { force: true });
			const lines = numbered(3300).map((line) => `${line}\n`);
			await write('events.ndjson', lines.join(''));
			const taken: string[] = [];
			let status: string | undefined;
			for (const stop of [...stops, Number.POSITIVE_INFINITY]) {
				if (status === 'sent') break;
				const controller = new AbortController();
				let requests = 0;
				const happens = () => {
					if (++requests === stop) controller.abort();
					return 'nothing' as const;
				};
				const firehose = new StandInFirehose({ ...fair, happens });
				status = (await send(firehose, {}, controller.signal)).status;
				taken.push(...firehose.taken);
			}
			expect(status).toBe('sent');
			expect(taken).toEqual(lines);
		}),
		{ numRuns: 20 },
	);
});

test('a signal while the stream takes nothing ends the run, and the next run sends the rest', async () => {
	await write('events.ndjson', numbered(1200).join('\n'));
	const controller = new AbortController();
	let requests = 0;
	const firehose = new StandInFirehose({
		...fair,
		happens: () => {
			if (++requests === 8) controller.abort();
			return requests === 1 ? 'nothing' : 'throttled';
		},
	});
	const outcome = await quick(() => send(firehose, {}, controller.signal));
	expect(outcome).toMatchObject({ status: 'terminated', sent: 500, batches: 1, checkpoint: checkpointPath() });
	expect((await checkpoint()).lines).toEqual({ [join(folder, 'events.ndjson')]: 500 });

	const again = new StandInFirehose(fair);
	expect(await send(again)).toMatchObject({ status: 'sent', sent: 700 });
	expect([...firehose.taken, ...again.taken]).toEqual(numbered(1200).map((line) => `${line}\n`));
});

test('the checkpoint of another run is not touched', async () => {
	await write('events.ndjson', '{}\n');
	const other = { format: 1, stream: 'other', sources: ['elsewhere'], lines: {} };
	await write('checkpoint.json', JSON.stringify(other));
	const firehose = new StandInFirehose(fair);
	await expect(send(firehose)).rejects.toMatchObject({
		exitCode: 64,
		message: expect.stringContaining('belongs to an interrupted run that sent elsewhere to other.'),
	});
	expect(await checkpoint()).toEqual(other);
	await write('checkpoint.json', '{"half":');
	await expect(send(firehose)).rejects.toMatchObject({ exitCode: 78 });
	await expect(send(firehose, { checkpoint: join(folder, 'missing', 'c.json') })).rejects.toMatchObject({
		exitCode: 78,
		message: expect.stringContaining("can't be written (ENOENT)"),
	});
	expect(firehose.requests).toEqual([]);
});

test('a dry run sends nothing, and says where it would resume', async () => {
	await write('events.ndjson', '{}\n');
	const firehose = new StandInFirehose(fair);
	expect(await send(firehose, { dryRun: true })).toMatchObject({ status: 'planned', checkpoint: null });
	expect(firehose.requests).toEqual([]);
	expect(existsSync(checkpointPath())).toBe(false);
});

test('a run keeps its rate, ends after its duration, and leaves a checkpoint from which the next one resumes', async () => {
	const generated = { date: '2026-11-20', days: undefined, orders: 20, seed: '1' };
	const first = new StandInFirehose(fair);
	const startedAt = performance.now();
	const outcome = await send(first, { from: { generated }, rate: 200, durationMs: 1000 });
	const seconds = (performance.now() - startedAt) / 1000;
	expect(outcome).toMatchObject({ status: 'interrupted', failed: 0, checkpoint: checkpointPath() });
	// The first batch leaves at once.
	expect(first.taken.length).toBeLessThanOrEqual(200 * seconds + 40);
	expect(first.taken.length).toBeGreaterThanOrEqual(80);

	const second = new StandInFirehose(fair);
	await send(second, { from: { generated }, durationMs: 200 });
	const whole = new StandInFirehose(fair);
	await rm(checkpointPath());
	await send(whole, { from: { generated: { ...generated, days: 2 } } });
	const sent = [...first.taken, ...second.taken];
	expect(sent.slice(0, whole.taken.length)).toEqual(whole.taken.slice(0, sent.length));
});
