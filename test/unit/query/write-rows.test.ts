import { Writable } from 'node:stream';
import fc from 'fast-check';
import type { DuckDb } from '../../../tasks/platform/duckdb/duckdb';
import { TerminatedError } from '../../../tasks/platform/errors';
import { runOnDuckDb } from '../../../tasks/query/duckdb-engine';
import {
	formatResult,
	outputFormats,
	type QueryResult,
	type ResultRow,
	type ResultStream,
} from '../../../tasks/query/query-result';
import { writeRows } from '../../../tasks/query/write-rows';
import { testContext } from '../../support/context';
import { MemoryStore } from '../../support/memory-store';

const columns = [
	{ name: 'name', kind: 'text' },
	{ name: 'amount', kind: 'number' },
] as const;

/** An output that keeps what is written. */
function keeper() {
	let text = '';
	const out = new Writable({
		write(piece, _, done) {
			text += piece;
			done();
		},
	});
	return { out, text: () => text };
}

async function* pieces(rows: readonly (readonly ResultRow[])[]) {
	yield* rows;
}

async function written(stream: ResultStream, format: (typeof outputFormats)[number]): Promise<string> {
	const { out, text } = keeper();
	await writeRows(stream, format, out);
	return text();
}

it.each(outputFormats)('writes %s the same, in however many pieces the rows come', async (format) => {
	const value = fc.option(fc.string({ maxLength: 12 }), { nil: null });
	const rows = fc.array(fc.tuple(value, fc.option(fc.integer().map(String), { nil: null })), { maxLength: 6 });
	await fc.assert(
		fc.asyncProperty(fc.array(rows, { maxLength: 5 }), async (parts) => {
			const whole: QueryResult = { columns, rows: parts.flat() };
			expect(await written({ columns, rows: pieces(parts) }, format)).toBe(formatResult(whole, format));
		}),
	);
});

describe('a table of many rows', () => {
	const many = (from: number, to: number, name = 'a'): ResultRow[] =>
		Array.from({ length: to - from }, (_, index) => [name, String(from + index)]);

	it('takes its widths from the first 10,000 rows; a longer value later only makes its own line longer', async () => {
		const parts = [many(0, 9_999), many(9_999, 10_001, 'longer'), many(0, 1, 'much longer'), [['b', 'text']]];
		const lines = (await written({ columns, rows: pieces(parts as ResultRow[][]) }, 'table')).split('\n');
		expect(lines.slice(0, 3)).toEqual(['name    amount', '──────  ──────', 'a            0']);
		expect(lines.slice(10_000)).toEqual([
			'a         9998',
			'longer    9999',
			'longer   10000',
			'much longer       0',
			'b         text',
			'',
		]);
	});

	it('waits for no more than 8 million characters to take its widths', async () => {
		let taken = 0;
		async function* long(): AsyncGenerator<ResultRow[]> {
			for (; taken < 30; taken++) yield [['x'.repeat(1_000_000), '1']];
		}
		const first = new Promise<number>((resolve) => {
			const out = new Writable({
				write(_, __, done) {
					resolve(taken);
					done();
				},
			});
			void writeRows({ columns, rows: long() }, 'table', out);
		});
		expect(await first).toBe(7);
	});

	it('pads no line by more than 10,000 characters because of one long value', async () => {
		const parts = [
			[
				['x'.repeat(50_000), '1'],
				['y', '2'],
			],
		] as ResultRow[][];
		const [, , long = '', short = ''] = (await written({ columns, rows: pieces(parts) }, 'table')).split('\n');
		expect([long.length, short.length]).toEqual([50_000 + '       1'.length, 10_000 + '       2'.length]);
	});
});

it('takes rows no faster than they are written', async () => {
	let taken = 0;
	async function* rows(): AsyncGenerator<ResultRow[]> {
		for (; taken < 100; taken++) yield [[String(taken), '1']];
	}
	const waiting: (() => void)[] = [];
	const out = new Writable({ write: (_, __, done) => void waiting.push(done) });
	const oneWaits = async () => {
		while (waiting.length === 0) await new Promise(setImmediate);
	};
	const writing = writeRows({ columns, rows: rows() }, 'csv', out);
	await oneWaits();
	for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
	expect([taken, waiting.length]).toEqual([0, 1]);
	for (let turn = 0; turn < 5; turn++) {
		waiting.shift()?.();
		await oneWaits();
	}
	expect(taken).toBe(5);
	out.destroy();
	waiting.shift()?.();
	await writing;
});

describe('if the output fails', () => {
	const failing = (code: string) =>
		new Writable({ write: (_, __, done) => done(Object.assign(new Error(`write ${code}`), { code })) });
	let closed = false;
	async function* rows(): AsyncGenerator<ResultRow[]> {
		try {
			for (let row = 0; ; row++) yield [[String(row), '1']];
		} finally {
			closed = true;
		}
	}

	it('stops silently when the reader of a pipe leaves', async () => {
		await writeRows({ columns, rows: rows() }, 'csv', failing('EPIPE'));
		expect(closed).toBe(true);
	});

	it('throws any other error', async () => {
		await expect(writeRows({ columns, rows: rows() }, 'csv', failing('ENOSPC'))).rejects.toMatchObject({
			code: 'ENOSPC',
			message: "The output can't be written: write ENOSPC",
		});
	});
});

describe('rows of DuckDB', () => {
	const { context, dispose } = testContext({ store: new MemoryStore() });
	let duckdb: DuckDb;
	beforeAll(async () => {
		duckdb = await context.duckdb();
	});
	afterAll(dispose);
	const run = (sql: string) =>
		runOnDuckDb(duckdb, { file: 'q.sql', sql, parameters: [] }, { unsafe: false, signal: context.signal });

	it.each(outputFormats)('come in %s before the last of them is there', async (format) => {
		let text = '';
		const out = new Writable({
			write(piece, _, done) {
				text += piece;
				done(text.length > 1_000_000 ? Object.assign(new Error('enough'), { code: 'EPIPE' }) : null);
			},
		});
		await writeRows(await run('select i, i * 2 as j from range(1_000_000_000_000) as t (i)'), format, out);
		expect(text).toContain('4096');
	});

	it.each([
		[
			"select case when i = 250_000 then error('row 250000 is bad') else i end as n from range(300_000) as t (i)",
			'q.sql: row 250000 is bad',
		],
		[
			"-- late\nselect case when i = 250_000 then cast('x' || i as int) else i end from range(300_000) as t (i)",
			"q.sql, line 2, column 35: Could not convert string 'x250000' to INT32",
		],
		[
			"pivot (select i % 2 as c, i // 2 as r, i as v from range(300_000) as t (i)) on c using cast(max(case when v = 290_001 then 'x' else '1' end) as int)",
			"Could not convert string 'x' to INT32",
		],
	])('end with the error of a row that fails, not as if they were all: %s', async (sql, message) => {
		const { out, text } = keeper();
		await expect(run(sql).then((stream) => writeRows(stream, 'json', out))).rejects.toMatchObject({
			message: expect.stringContaining(message),
			exitCode: 65,
		});
		expect(text().endsWith(']\n')).toBe(false);
	});

	it('are not looked for again when the task is stopped', async () => {
		const stop = new AbortController();
		const sql = 'select i from range(1_000_000_000_000) as t (i)';
		const own = await context.duckdb();
		const stream = await runOnDuckDb(
			own,
			{ file: 'q.sql', sql, parameters: [] },
			{ unsafe: false, signal: stop.signal },
		);
		const reading = (async () => {
			for await (const _ of stream.rows) {
				stop.abort(new Error('stopped'));
				own.interrupt();
			}
		})();
		await expect(reading).rejects.toBeInstanceOf(TerminatedError);
	});

	it('come in the order that the statement asks for', async () => {
		const { rows } = await run('select i from range(500_000) as t (i) order by i % 7, i desc');
		let before = -1;
		for await (const piece of rows) {
			for (const [value] of piece) {
				const place = (Number(value) % 7) * 1_000_000 + (500_000 - Number(value));
				if (place <= before) throw new Error(`${value} comes too late`);
				before = place;
			}
		}
		expect(before).toBe(6 * 1_000_000 + 500_000 - 6);
	});

	it('are 125,000 and more in a table', async () => {
		const { out, text } = keeper();
		await writeRows(await run('select i from range(130_000) as t (i)'), 'table', out);
		expect(text().split('\n')).toHaveLength(130_003);
	});
});
